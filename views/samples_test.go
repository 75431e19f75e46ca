package views

import (
	"maps"
	"time"
)

// samples are the pages with everything filled in, and the pages as they come from their type.
func samples(lang string) map[string]Page {
	now := time.Date(2026, 11, 20, 15, 45, 24, 0, time.UTC)
	start := time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC)
	when := When{Start: start, End: start.Add(90 * time.Minute), Zone: "Europe/London"}
	b := Base{Lang: lang, Permission: "owner", IdentityID: "id1", Framed: true, ReturnURL: "https://lms.example/course/1", Administer: true}
	crumb := Crumb{Href: "/c/c1", Text: "Marine Ecology"}
	entry := Entry{
		ID: "e1", Title: "Kelp forests after the heatwave", When: when, State: "scheduled", Chat: true, OpensItself: true, Published: true,
		Host: "Amara Okafor", Course: "Marine Ecology",
		Description: NewProse("Ingrid Solheim joins from Bergen to show what ten years of diver surveys say about canopy loss along the Norwegian coast.\nSee https://kelp.example/survey?a=1&b=2."),
	}
	all := May{Create: true, Invite: true, SeeInvitations: true, Open: true, End: true, Publish: true, Edit: true, Delete: true}
	offers := []Offer{{Title: "Open lab hours", Inviter: "Tomás Costa", Role: "speaker", Action: "/e/e2/join"}}
	event := Event{Title: entry.Title, Course: entry.Course, Host: entry.Host, When: when, Description: entry.Description}
	live := event
	live.Live = true
	row := func(id, title, state string) EntryRow {
		e := entry
		e.ID, e.Title, e.State = id, title, state
		return EntryRow{Entry: e, People: 12, Invited: 3}
	}
	always := row("e4", "Open lab hours", "open")
	always.AlwaysOpen, always.Published = true, false
	mistakes := Errors{"title": "entry.error.title_required", "ends_at": "entry.error.end_before_start", "time_zone": "entry.error.zone_unknown", "entry": "link.error.entry_required"}
	fields := EntryFields{Title: "Kelp", StartsAt: "2026-11-26T14:00", EndsAt: "2026-11-26T15:30", TimeZone: "Europe/London", Chat: true, OpensItself: true, Published: true}
	host := Attendee{ID: "a1", Name: "Amara Okafor", Role: "host", Me: true}
	guest := Attendee{ID: "a2", Name: "Ingrid Solheim", Role: "speaker", Guest: true}
	code, _ := NewQR("https://rooms.northfield.example/i/Wq7mX2vK9tRb4LhZcY8s3A")

	withCrumb := b
	withCrumb.Crumb, withCrumb.Attendee = crumb, "host"
	noticed := withCrumb
	noticed.Notice = Notice{Key: "notice.saved", Tone: "good"}
	door := Base{Lang: lang, Brand: "Northfield University"}
	launched := b
	launched.Carrier = &Carrier{Token: "t", Handle: "h", URL: "/e/e1"}
	list := map[string]Page{
		"course":           &CourseList{Base: b, CourseID: "c1", Course: "Marine Ecology", Label: "BIO 204", May: all, Live: []EntryRow{row("e2", "Live lab", "open")}, Upcoming: []EntryRow{row("e1", entry.Title, "scheduled"), row("e5", "Lofoten", "waiting")}, AnyTime: []EntryRow{always}, Past: []EntryRow{row("e3", "Last week", "ended")}, Deleted: []DeletedRow{{ID: "e9", Title: "Gone", Until: start}}, Offers: offers},
		"course-empty":     &CourseList{Base: b, CourseID: "c1", Course: "Marine Ecology", May: all},
		"course-none":      &CourseList{Base: b, CourseID: "c1", Course: "Marine Ecology"},
		"mine":             &CoursesMine{Base: b, Courses: []CourseRow{{ID: "c1", Title: "Marine Ecology", Label: "BIO 204"}}},
		"choose":           &LinkChoose{Base: b, Course: "Marine Ecology", Action: "/c/c1/links/l1", Rooms: []EntryRow{row("e1", entry.Title, "scheduled"), always}, Form: fields, Errors: mistakes},
		"not-set-up":       &LinkNotSetUp{Base: b, Course: "Marine Ecology"},
		"pick":             &Pick{Base: b, Course: "Marine Ecology", Action: "/c/c1/pick/p1", Multiple: true, Rooms: []PickRow{{row("e1", entry.Title, "scheduled"), true}, {always, false}, {row("e5", "Lofoten", "waiting"), true}, {row("e3", "Last week", "ended"), false}}},
		"pick-one":         &Pick{Base: b, Action: "/c/c1/pick/p1", Query: "kelp", Rooms: []PickRow{{row("e2", "Live lab", "open"), true}}, Errors: Errors{"entry": "pick.error.none"}},
		"pick-empty":       &Pick{Base: b, Course: "Marine Ecology", Action: "/c/c1/pick/p1"},
		"pick-denied":      &PickMessage{Base: b, Kind: "denied", Action: "/c/c1/pick/p1"},
		"pick-over":        &PickMessage{Base: b, Kind: "over"},
		"pick-send":        &PickSend{Base: b, Action: "https://lms.example/answer?a=1&b=2", Name: "JWT", Value: "ey.x.y", Count: 2},
		"pick-leave":       &PickSend{Base: b, Action: "/lti/deep-linking", Name: "code", Value: "c"},
		"form":             &EntryForm{Base: withCrumb, New: true, Action: "/c/c1/entries", CancelURL: "/c/c1", Form: fields},
		"form-errors":      &EntryForm{Base: withCrumb, Action: "/e/e1/edit", CancelURL: "/e/e1", Form: fields, Errors: mistakes},
		"media":            &MediaShow{Base: noticed, Entry: entry, May: all, Now: now, MayEnter: true, RoomURL: "/e/e1?view=room", Invitations: 12, Invited: []InvitedCount{{"speaker", 1, 2}, {"viewer", 3, 9}}, Offers: offers},
		"media-student":    &MediaShow{Base: withCrumb, Entry: entry, Now: now},
		"room":             &Room{Base: withCrumb, Entry: entry, May: all, Now: now, Open: true, OpenedAt: now.Add(-25 * time.Minute), Me: host, People: []Attendee{host, guest}, Messages: []Message{{Seq: 1, Author: guest, Text: NewProse("Greetings from https://bergen.example"), At: now}}, LastSeq: 1, Offers: offers},
		"rehearsal":        &Room{Base: withCrumb, Entry: entry, May: all, Now: now, Me: host, People: []Attendee{host}},
		"invite":           &InviteDialog{Base: withCrumb, Entry: entry, Roles: []string{"viewer", "moderator", "speaker"}, Form: InviteFields{Role: "viewer"}},
		"invite-errors":    &InviteDialog{Base: withCrumb, Entry: entry, Roles: []string{"viewer"}, Form: InviteFields{Email: "i@s.example", Role: "viewer"}, Domain: "s.example", Errors: Errors{"email": "invite.error.domain", "first": "invite.error.first_required", "last": "invite.error.name_too_long", "role": "invite.error.role", "form": "invite.error.limit"}},
		"confirm":          &InviteConfirm{Base: withCrumb, Entry: entry, Link: "https://rooms.northfield.example/i/Wq7mX2vK9tRb4LhZcY8s3A", Name: "Ingrid Solheim", Address: "ingrid.solheim@havinst.example", Role: "speaker", ValidUntil: When{Start: start.Add(3 * time.Hour), Zone: "Europe/London"}, MovesWith: true, Updated: true, Member: true, QR: code},
		"invitations":      &InvitationList{Base: withCrumb, Entry: entry, May: all, Now: now, Rows: invitationRows(now)},
		"invitations-0":    &InvitationList{Base: withCrumb, Entry: entry, May: all, Now: now},
		"countdown":        &LandingCountdown{Base: door, Event: event, Role: "speaker", Now: now, CalendarURL: "/i/t/calendar.ics"},
		"lobby":            &LandingLobby{Base: door, Action: "/i/t", Event: live, TriesLeft: -1},
		"lobby-wrong":      &LandingLobby{Base: door, Action: "/i/t", Event: live, Email: "ingrid@solheim.example", Error: "landing.mismatch", TriesLeft: 4},
		"go":               &LandingGo{Base: door, Action: "/i/t", Event: live, Role: "viewer"},
		"message":          &LandingMessage{Base: door, Kind: "other_person", SignedInAs: "Sofia Lindqvist", DifferentURL: "/i/t?as=guest", EntryURL: "/e/e1"},
		"framed":           &LandingFramed{Base: door, URL: "/i/t"},
		"login":            &LoginStore{Base: Base{Lang: lang}, Login: LoginData{Key: "usher.lti.x", Secret: "</script>", AuthURL: "https://lms.example/auth?a=1&b=2", WindowURL: "/lti/login?iss=x"}},
		"register":         &RegisterConsent{Base: b, Token: "t", ConfigURL: "https://moodle.northfield.example/c", PlatformToken: "p", Family: "moodle", Host: "moodle.northfield.example", Site: "rooms.northfield.example", Form: RegisterFields{Name: "Moodle, main campus", Members: true, ContentSelection: true}, MembersOffered: true, ContentOffered: true, Placements: []string{"ContentArea"}, Sent: []RegisterValue{{"register.login_url", "https://rooms.northfield.example/lti/login"}}},
		"register-differs": &RegisterConsent{Base: b, Token: "t", Host: "canvas.northfield.example", Issuer: "https://canvas.instructure.com", IssuerDiffers: true, Approval: true, Errors: Errors{"name": "register.mistake_taken", "confirm": "register.mistake_confirm"}},
		"register-done":    &RegisterDone{Base: b, Name: "Moodle", Family: "moodle"},
		"register-pending": &RegisterDone{Base: b, Name: "Moodle", Pending: true},
		"register-error":   &RegisterMessage{Base: b, Reason: "refused", Said: "missing_domain", Reference: "U7KQ-4M2X"},
		"register-alone":   &RegisterMessage{Base: b, Reason: "alone", Link: "https://rooms.northfield.example/lti/register?token=t"},
		"proof":            &LaunchProof{Base: b, Proof: ProofData{Key: "usher.lti.x", Handle: "h"}},
		"window":           &OpenWindow{Base: b, URL: "/lti/login?iss=x"},
		"launch-error":     &LaunchError{Base: b, Reason: "expired", Reference: "U7KQ-4M2X", WindowURL: "/lti/login?iss=x"},
		"pending":          &DeploymentPending{Base: b, Reference: "U7KQ-4M2X"},
		"shell":            &Shell{Base: launched},
		"error":            &ErrorPage{Base: b, Status: 409, SignedInAs: "Sofia Lindqvist", Reference: "R1", HomeURL: "/c/c1"},
		"signed-out":       &SignedOut{Base: door},
		"privacy":          &Privacy{Base: door},
		"home":             &Home{Base: door},
		"help":             &Help{Base: door},
	}
	maps.Copy(list, consoleSamples(lang, now))
	maps.Copy(list, deskSamples(lang, now))
	return list
}

func invitationRows(now time.Time) []InvitationRow {
	states := []string{"created", "queued", "sent", "bounced", "opened", "claimed", "in_session", "expired", "revoked"}
	rows := make([]InvitationRow, 0, len(states))
	for i, state := range states {
		rows = append(rows, InvitationRow{ID: state, Name: "Tomás Costa", Address: "tomas@oceano-livre.example", Role: "viewer", State: state, Changed: now.Add(-time.Duration(i*i) * time.Hour), MayRevoke: state != "revoked"})
	}
	rows[1].Address = ""
	return rows
}
