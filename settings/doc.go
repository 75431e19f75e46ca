// Package settings keeps the rules that administrators change while Usher
// runs: whether invitations are on, how long links live, which domains may be
// invited.
//
// A value is looked for in three scopes, and the narrowest that has one wins:
// the tenant, its platform, everybody (the empty scope), the default. [Keys]
// is the registry: a key that it does not list cannot be stored or read.
//
// What the process needs before it can open its database is no setting but
// configuration; see package config.
package settings
