// Package ltitest is an LTI platform for tests: a real HTTP server with an
// authorization endpoint, a key set, service tokens and a roster, that speaks
// correctly unless a test turns a knob. Its words for people are login hints: "teacher", "ta",
// "student", "student2", "admin"; any other hint is a student of that id.
//
// An ordinary launch in a test:
//
//	p := ltitest.New(t)
//	p.Register(ctx, service)
//	request, _ := lti.ParseLogin(p.LoginForm("teacher"))
//	login, _ := service.Login(ctx, request)
//	idToken, state := p.Answer(login.AuthURL)
//	launch, _ := service.Verify(ctx, lti.LaunchRequest{IDToken: idToken, State: state, Secret: login.Secret})
//
// A [Change] given to Answer makes the message wrong in one point; [KeyFaults]
// make the key set misbehave, [TokenFaults] and [RosterFaults] the services.
// Nothing outside tests imports it.
package ltitest
