package handlers

import "github.com/labstack/echo/v4"

func (s *Server) mountCourses(*echo.Echo) {}
func (s *Server) mountEntries(*echo.Echo) {}
