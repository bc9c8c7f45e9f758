package directory

import (
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// user is the behavior of users.
func user() *service.Behavior {
	own := once(map[string]func(*service.Write) any{
		"userType":                        always("Member"), // DOC user resource
		"lastPasswordChangeDateTime":      (*service.Write).Created,
		"signInSessionsValidFromDateTime": (*service.Write).Created,
		"securityIdentifier":              func(w *service.Write) any { return SecurityIdentifier(w.Key) }, // REC of groups
		"identities": func(w *service.Write) any { // DOC objectIdentity
			return []any{map[string]any{"signInType": "userPrincipalName", "issuer": domain(w),
				"issuerAssignedId": w.Sent["userPrincipalName"]}}
		},
	})
	return object(service.Behavior{
		Type: userType,
		// REC: what a user has without $select, in this order
		Order: []string{"businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
			"preferredLanguage", "surname", "userPrincipalName", "id"},
		Required: newUser, RequiredUnless: "identities",
		Unique: []string{"userPrincipalName"}, // OBS
		Value: func(w *service.Write, property string) (any, bool) {
			switch {
			case property == "passwordProfile": // DOC: never returned
				return nil, w.Sent[property] != nil
			case property == "lastPasswordChangeDateTime" && w.Sent["passwordProfile"] != nil:
				return w.Now.Text, true
			case w.Seeding: // a user of fixtures may be a mere name
				return nil, false
			}
			return own(w, property)
		},
		Check:  checked(checkValues(userType, newUser[:], userValues), checkUser, checkExtensions),
		Remove: softDelete,
		Linked: map[string]func(store.Reader, string) []string{grants: grantsOf("principalId")},
		Operations: map[string]service.Operation{
			"reprocessLicenseAssignment": func(c *service.Call) (service.Result, error) { // DOC: licenses are as they were
				e, err := c.Bound()
				return c.OrKnown(service.Result{Entity: e}), err
			},
			"changePassword": changePassword, "revokeSignInSessions": revokeSessions,
			"assignLicense": assignLicense,
		},
	})
}

// userValues are what some properties of users can be. DOC user resource
var userValues = map[string]func(any) bool{
	"ageGroup":      oneOf("Minor", "NotAdult", "Adult"),
	"mailNickname":  isNickname,
	"usageLocation": matching(`^[A-Za-z]{2}$`),
	"userType":      oneOf("Member", "Guest"),
	"businessPhones": func(value any) bool {
		phones, isList := value.([]any)
		return isList && len(phones) <= 1
	},
}

// newUser is what a new user has to have. DOC, OBS
var newUser = []string{"accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"}

// checkUser refuses a new user that lacks something, and names that can't be those of one. Who
// signs in elsewhere needs less, and gets a name. DOC user-post-users
func checkUser(c *service.Call, w *service.Write) error {
	if identities, _ := w.Sent["identities"].([]any); w.Old == nil && len(identities) > 0 {
		for name, value := range map[string]any{
			"accountEnabled": true, "mailNickname": hidden(w.Key), "userPrincipalName": w.Key + "@" + domain(w),
		} {
			if w.Sent[name] == nil {
				w.Sent[name] = value
			}
		}
	}
	for _, name := range newUser {
		if w.Old == nil && w.Sent[name] == nil {
			return service.Fail("value-required", "{property}", name, "{type}", "User")
		}
	}
	if _, sent := w.Sent["userPrincipalName"]; w.Old != nil && !sent {
		return nil // those of fixtures have any name, or none
	}
	name, _ := w.Sent["userPrincipalName"].(string)
	local, domain, _ := strings.Cut(name, "@")
	if local == "" || domain == "" || strings.ContainsAny(name, " ()<>,;:\\\"[]") { // DOC user resource; text assumed
		return invalid("userPrincipalName", userType)
	}
	// OBS terraform-provider-azuread; a tenant of which nothing is known takes any domain (assumed)
	if c.Body["userPrincipalName"] != nil && c.Tx.Len("domains") > 0 {
		if verified, _ := domainsOf(c); !verified[strings.ToLower(domain)] {
			return service.Fail("domain-unverified")
		}
	}
	return nil
}

// changePassword takes any password that is sent: none is kept.
func changePassword(c *service.Call) (service.Result, error) {
	u, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	u.Properties["lastPasswordChangeDateTime"] = c.Now.Text
	c.Put(u)
	return service.Result{}, nil
}

// revokeSessions ends what the user is signed in to. DOC user-revokesigninsessions: 200, true
func revokeSessions(c *service.Call) (service.Result, error) {
	u, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	u.Properties["signInSessionsValidFromDateTime"] = c.Now.Text
	c.Put(u)
	return service.Result{Value: true}, nil
}

// isOneOf reports whether an entity is of one of some types.
func isOneOf(e *service.Entity, types ...string) bool { return slices.Contains(types, e.Type) }
