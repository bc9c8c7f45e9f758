package directory

import (
	"net/http"
	"net/mail"
	"net/url"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/service"
)

const invitationType = "microsoft.graph.invitation"

// invitation is the behavior of invitations: they are answered and not kept. DOC invitation-post
func invitation() *service.Behavior {
	return &service.Behavior{Type: invitationType, Create: invite}
}

// invite makes a guest of an address, or invites the guest who has it once more.
func invite(c *service.Call) (service.Result, error) {
	address, redirect := c.Text("invitedUserEmailAddress"), c.Text("inviteRedirectUrl")
	for name, value := range map[string]string{"invitedUserEmailAddress": address, "inviteRedirectUrl": redirect} {
		if value == "" {
			return service.Result{}, service.Fail("value-required", "{property}", name, "{type}", "Invitation")
		}
	}
	if read, err := mail.ParseAddress(address); err != nil || read.Address != address {
		return service.Result{}, invalid("invitedUserEmailAddress", invitationType)
	}
	guest, err := guestWith(c, address)
	if err != nil {
		return service.Result{}, err
	}
	id := c.NewKey(invitationType)
	organization, _ := c.Tx.First("organization")
	answer := jsontext.Object{{Name: "id", Value: id}, {Name: "inviteRedeemUrl", Value: "https://login.microsoftonline.com/redeem?" +
		url.Values{"rd": {"https://invitations.microsoft.com/redeem/?tenant=" + organization.ID + "&user=" + id}}.Encode()}}
	for _, name := range []string{"invitedUserDisplayName", "invitedUserType", "invitedUserEmailAddress", "sendInvitationMessage",
		"resetRedemption", "inviteRedirectUrl"} {
		value := c.Body[name]
		if usual := map[string]any{"invitedUserType": "Guest", "sendInvitationMessage": false, "resetRedemption": false}[name]; value == nil {
			value = usual
		}
		answer.Set(name, value)
	}
	answer.Set("status", "PendingAcceptance")
	if info := c.Body["invitedUserMessageInfo"]; info != nil {
		answer.Set("invitedUserMessageInfo", info)
	}
	answer.Set("invitedUser", jsontext.Object{{Name: "id", Value: guest.Key()}})
	return service.Result{Status: http.StatusCreated, Value: answer, Context: "invitations/$entity"}, nil
}

// guestWith is the guest with an address: there already, or created. Whoever is at home here can't
// be one (OBS).
func guestWith(c *service.Call, address string) (*service.Entity, error) {
	const byName = "userPrincipalName"
	if who, found := c.Find("users", byName, strings.ToLower(address)); found {
		return nil, service.Fail("invited-user-exists", "{id}", who.Key())
	}
	at := strings.LastIndexByte(address, '@')
	host := strings.ToLower(address[at+1:])
	verified, initial := domainsOf(c)
	if verified[host] {
		return nil, service.Fail("invited-domain-verified")
	}
	name := address[:at] + "_" + host + "#EXT#@" + initial // DOC user-properties of guests
	guest, found := c.Find("users", byName, strings.ToLower(name))
	reset := c.Parameter("resetRedemption") == true
	if reset { // DOC reset-redemption-status: the user stays, even with another address
		user, _ := c.Body["invitedUser"].(map[string]any)
		id, _ := user["id"].(string)
		if guest, found = c.Get("users/" + strings.ToLower(id)); !found {
			return nil, service.Fail("object-not-found", "{id}", id)
		}
		guest.Properties["mail"] = address
	}
	if found {
		if reset || guest.Properties["externalUserState"] == nil {
			guest.Properties["externalUserState"], guest.Properties["externalUserStateChangeDateTime"] = "PendingAcceptance", c.Now.Text
			return c.Put(guest), nil
		}
		return guest, nil
	}
	kind, shown := c.Text("invitedUserType"), c.Text("invitedUserDisplayName")
	if kind == "" {
		kind = "Guest"
	}
	if shown == "" {
		shown = address[:at] // as the portal shows them
	}
	return c.Create("users", userType, map[string]any{
		"userPrincipalName": name, "displayName": shown, "mail": address, "userType": kind, "accountEnabled": true,
		"mailNickname": address[:at] + "_" + host + "#EXT#", "creationType": "Invitation", "otherMails": []any{address},
		"proxyAddresses":    []any{"SMTP:" + address},
		"externalUserState": "PendingAcceptance", "externalUserStateChangeDateTime": c.Now.Text, "createdDateTime": c.Now.Text,
	}), nil
}

// domainsOf are the domains that are verified in the tenant, and the one that it began with.
func domainsOf(c *service.Call) (verified map[string]bool, initial string) {
	verified = map[string]bool{}
	if _, own, ok := strings.Cut(c.Caller.User.PrincipalName, "@"); ok {
		verified[strings.ToLower(own)] = true
		initial = own
	}
	c.Each("domains", service.Slice{}, func(e *service.Entity) bool {
		name := strings.ToLower(e.Key())
		verified[name] = e.Properties["isVerified"] != false
		if initial == "" || e.Properties["isDefault"] == true {
			initial = name
		}
		return true
	})
	if initial == "" {
		initial = defaultDomain
	}
	if !strings.HasSuffix(initial, ".onmicrosoft.com") {
		label, _, _ := strings.Cut(initial, ".")
		initial = label + ".onmicrosoft.com" // assumed: named after the default one
	}
	verified[initial] = true
	return verified, initial
}
