package lti

import "slices"

// Administrator says whether a launch calls somebody an administrator of the
// whole tenant, who may see and change its settings. Course roles never do,
// and no custom value does by itself: teachers can write those.
type Administrator string

// What a launch can say of it.
const (
	// AdministratorNo: no, and what an earlier launch said holds no more.
	AdministratorNo Administrator = ""
	// AdministratorYes: yes.
	AdministratorYes Administrator = "yes"
	// AdministratorUnsaid: this launch cannot tell. Canvas says it only where
	// its administrators are at home, in the account.
	AdministratorUnsaid Administrator = "unsaid"
)

// placementAccount is Canvas's navigation of an account, which teachers do not
// configure.
const placementAccount = "account_navigation"

// administrator reads it from a verified token: the system's administrators,
// and on Canvas, where administrators of a part of the institution look alike,
// those of the root account who come from an account's navigation. In a course
// of Canvas the custom value may only lower.
func administrator(c *claims) Administrator {
	for _, role := range []string{"Administrator", "SysAdmin"} {
		if c.has(systemPrefix+role, legacySystemPrefix+role) {
			return AdministratorYes
		}
	}
	if string(c.ToolPlatform.ProductFamily) != canvasFamily ||
		!c.has(institutionPrefix+"Administrator", legacyInstitutionPrefix+"Administrator") {
		return AdministratorNo
	}
	root, said := c.Custom[CustomCanvasRootAdmin]
	switch {
	case string(c.Placement) == placementAccount && root == "true":
		return AdministratorYes
	case string(c.Placement) == placementAccount, said && root != "true":
		return AdministratorNo
	}
	return AdministratorUnsaid
}

// has tells whether one of the spellings of a role is among the roles.
func (c *claims) has(spellings ...string) bool {
	return c.Roles != nil && slices.ContainsFunc(*c.Roles, func(role string) bool { return slices.Contains(spellings, role) })
}
