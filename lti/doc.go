// Package lti is Usher's side of LTI 1.3: it answers a platform's login
// initiation, verifies the launch that follows, decides what role the person
// has in the course, and keeps the registry of platforms, deployments,
// tenants and tool keys.
//
// It knows no web framework, writes no log, issues no session and renders no
// page. Callers get a [Login] to send the browser on with, a verified
// [Launch], or an [*Error] whose [Code] names the one check that said no.
//
// # Words
//
//	platform      a registration: issuer and client id. Its keys, endpoints and
//	              deployments belong to it alone, even where two registrations
//	              share an issuer
//	deployment    an installation of the tool in the platform; decides whether
//	              a launch is admitted, never who somebody is
//	tenant        who must never see another's data: a platform; at
//	              https://blackboard.com a platform and a deployment
//	login         the platform's third-party initiated login, the first leg
//	launch        the id_token that the browser posts, the second leg
//	state         a sealed value that goes with the login and comes back with
//	              the launch: which platform, which nonce, which browser
//	secret        S: a random value that only the browser that began the login
//	              holds, in a cookie or in storage. A launch that shows it is
//	              proved
//	handle        names a verified launch that is not proved yet, for at most
//	              two minutes
//	context       a course (or group, or account) of the platform
//	role table    what the roles of a launch are worth in a tenant: a default,
//	              and what the tenant's administrators changed
//	sample        the last of some launches that went well and were alike
//	step          a group of checks, in the order in which a launch passes them
//	resource link the place in the context from which the launch came
//
// # The flow
//
//	platform            browser                     Usher
//	   |  iss, login_hint  |                          |
//	   |------------------>|------------------------->| ParseLogin, Login
//	   |                   |<-------------------------| state, S; nothing written
//	   |<------------------| state, nonce, hints      |
//	   |  id_token, state  |                          |
//	   |------------------>|------------------------->| Verify: all checks, then one
//	   |                   |                          | insert spends the state
//	   |                   |  S came as a cookie      |
//	   |                   |<-------------------------| Launch, Proved
//	   |                   |  S did not come          |
//	   |                   |<-------------------------| Launch.Handle, sealed in that row
//	   |                   |------------------------->| Prove(handle, S): once
//	   |                   |<-------------------------| Launch, Proved
//
// References such as [LTI-13 §5.3.2] are sections of the LTI Core 1.3
// specification, [OIDC §3.1.3.7] of OpenID Connect Core, [SEC §5.1.1] of the
// 1EdTech Security Framework. A number such as C-64 names one check, here and in
// the tests that keep it: search for it to find both.
package lti
