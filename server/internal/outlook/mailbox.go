package outlook

import (
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Extended are properties of items that clients themselves have defined: their names are their ids (DOC
// singlevaluelegacyextendedproperty-get.md).
var Extended = []string{"singleValueExtendedProperties", "multiValueExtendedProperties"}

// ByAddress is the index of users by their mail addresses.
const ByAddress = "mail-address"

// AddressIndex returns the indexes of a user by its addresses.
func AddressIndex(w *service.Write) []store.Index {
	var all []store.Index
	for _, name := range []string{"mail", "userPrincipalName"} {
		address, _ := w.Sent[name].(string)
		i := store.Index{Name: ByAddress, Value: strings.ToLower(address)}
		if address != "" && !slices.Contains(all, i) {
			all = append(all, i)
		}
	}
	return all
}

// MailboxOf is the path in the store of the user with an address, "" if there is none in
// the tenant. The caller is one, known or not.
func MailboxOf(c *service.Call, address string) string {
	if user, found := c.Find("users", ByAddress, strings.ToLower(address)); found && address != "" {
		return user.Path
	}
	if strings.EqualFold(address, c.Caller.User.PrincipalName) {
		return "users/" + c.Caller.User.ID
	}
	return ""
}
