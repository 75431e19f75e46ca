package admin

// WithCheapWork lets tests try many passwords: hashing is the slow part.
func (s *Service) WithCheapWork() *Service {
	s.hasher.work.memory = 64
	return s
}
