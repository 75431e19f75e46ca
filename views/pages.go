package views

// pages lists one of each page; a test compares it with the folder of templates.
func pages() []Page {
	return []Page{
		&CourseList{}, &CoursesMine{}, &LinkChoose{}, &LinkNotSetUp{}, &Pick{}, &PickMessage{}, &PickSend{}, &EntryForm{}, &MediaShow{}, &Room{},
		&InviteDialog{}, &InviteConfirm{}, &InvitationList{},
		&LandingCountdown{}, &LandingLobby{}, &LandingGo{}, &LandingMessage{}, &LandingFramed{},
		&RegisterConsent{}, &RegisterDone{}, &RegisterMessage{},
		&LoginStore{}, &LaunchProof{}, &OpenWindow{}, &LaunchError{}, &DeploymentPending{}, &Shell{},
		&ConsoleLogin{}, &ConsolePlatforms{}, &ConsolePlatform{}, &ConsolePlatformAdd{}, &ConsoleRegister{},
		&ConsolePlatformEdit{}, &ConsolePlatformRemove{}, &ConsoleKeys{}, &ConsoleAccount{}, &ConsoleLinks{},
		&LaunchLog{}, &LaunchReport{}, &RoleTable{}, &RoleTrial{}, &RuleList{}, &Health{},
		&ErrorPage{}, &SignedOut{}, &Home{}, &Privacy{}, &Help{},
	}
}
