package directory

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// group is the behavior of groups.
func group() *service.Behavior {
	own := once(map[string]func(*service.Write) any{
		"groupTypes":      always([]any{}),
		"mail":            groupMail,
		"visibility":      visibility,
		"renewedDateTime": (*service.Write).Created,
		"proxyAddresses": func(w *service.Write) any {
			if mail := groupMail(w); mail != nil {
				return []any{"SMTP:" + mail.(string)}
			}
			return []any{}
		},
	}) // REC m365group-add; DOC group resource
	return object(service.Behavior{
		Type:       groupType,
		LinkDeltas: []string{"members"}, // DOC delta-query-groups
		Order:      groupOrder,
		Required:   newGroup,
		Check:      checked(checkValues(groupType, newGroup, groupValues), checkGroup, checkExtensions),
		Written:    ownGroup,
		Index: func(w *service.Write) []store.Index {
			nickname, _ := w.Property("mailNickname").(string)
			if w.Property("mailEnabled") != true || nickname == "" {
				return nil
			}
			return []store.Index{{Name: byNickname, Value: strings.ToLower(nickname)}}
		},
		Remove:     softDelete,
		Operations: groupOperations(),
		Value: func(w *service.Write, property string) (any, bool) {
			if property == "securityIdentifier" {
				return w.Seeded(property, SecurityIdentifier(w.Key)), true
			}
			return own(w, property)
		},
	})
}

// newGroup is what a new group has to have. DOC, OBS
var newGroup = []string{"displayName", "mailEnabled", "mailNickname", "securityEnabled"}

// groupValues are what some properties of groups can be. DOC group resource
var groupValues = map[string]func(any) bool{
	"mailNickname":                  isNickname,
	"visibility":                    oneOf("Private", "Public", "HiddenMembership"),
	"membershipRuleProcessingState": oneOf("On", "Paused"),
	"groupTypes": func(value any) bool {
		return !slices.ContainsFunc(texts(value), func(t string) bool { return !oneOf("Unified", "DynamicMembership")(t) })
	},
}

// ownGroup lets who creates a Microsoft 365 group without owners own it. DOC group-post-groups
func ownGroup(c *service.Call, w *service.Write) error {
	path := groups + "/" + w.Record.ID
	if w.Old == nil && !c.Caller.AppOnly && isUnified(w.Sent) && c.Body["owners@odata.bind"] == nil {
		c.Relink(service.StoredLink{Collection: path + "/owners", Target: "users/" + c.Caller.User.ID})
	}
	return nil
}

// isDynamic reports whether a rule says who is in a group.
func isDynamic(group map[string]any) bool {
	return slices.Contains(texts(group["groupTypes"]), "DynamicMembership")
}

// byNickname is the index of the groups that get mail.
const byNickname = "mailNickname"

// checkGroup refuses groups that can't be (assumed where nothing is written), and the nickname of
// another group that gets mail. DOC; of security groups they may be equal. REC
func checkGroup(c *service.Call, w *service.Write) error {
	nickname, _ := w.Sent["mailNickname"].(string)
	if w.Old != nil && c.Body["mailEnabled"] != nil { // OBS microsoft-graph-docs#2226
		if old, found := c.Get(groups + "/" + w.Old.ID); found && old.Properties["mailEnabled"] != w.Sent["mailEnabled"] {
			return invalid("mailEnabled", groupType)
		}
	}
	switch {
	case w.Old == nil && isDynamic(w.Sent) && w.Sent["membershipRule"] == nil:
		return service.Fail("value-required", "{property}", "membershipRule", "{type}", "Group")
	case w.Old == nil && isUnified(w.Sent) && w.Sent["mailEnabled"] != true:
		return invalid("mailEnabled", groupType)
	case w.Old == nil && w.Sent["mailEnabled"] != true && w.Sent["securityEnabled"] != true:
		return invalid("securityEnabled", groupType)
	case w.Sent["mailEnabled"] != true:
		return nil
	case w.Old == nil && !isUnified(w.Sent): // OBS: Exchange makes them
		return service.Fail("mail-enabled-group")
	}
	if c.IsTaken(groups, byNickname, strings.ToLower(nickname), w) {
		return service.Fail("object-exists", "{property}", "mailNickname")
	}
	return nil
}

// groupOrder is how groups are written. REC
var groupOrder = []string{"id", "deletedDateTime", "classification", "createdDateTime", "description", "displayName",
	"expirationDateTime", "groupTypes", "isAssignableToRole", "mail", "mailEnabled", "mailNickname", "membershipRule",
	"membershipRuleProcessingState", "onPremisesDomainName", "onPremisesLastSyncDateTime", "onPremisesNetBiosName",
	"onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "preferredDataLocation",
	"preferredLanguage", "proxyAddresses", "renewedDateTime", "resourceBehaviorOptions", "resourceProvisioningOptions",
	"securityEnabled", "securityIdentifier", "theme", "uniqueName", "visibility", "onPremisesProvisioningErrors",
	"serviceProvisioningErrors"}

// groupMail is the address of a group that gets mail, nil of others.
func groupMail(w *service.Write) any {
	if mail, _ := w.Sent["mail"].(string); mail != "" {
		return mail
	}
	nickname, _ := w.Sent["mailNickname"].(string)
	if w.Sent["mailEnabled"] != true || nickname == "" {
		return nil
	}
	return nickname + "@" + domain(w)
}

// visibility of a new group. DOC: Public for those of Microsoft 365
func visibility(w *service.Write) any {
	if isUnified(w.Sent) {
		return "Public"
	}
	return nil
}

// isUnified reports whether a group is one of Microsoft 365.
func isUnified(group map[string]any) bool {
	return slices.Contains(texts(group["groupTypes"]), "Unified")
}

// SecurityIdentifier is the identifier of an object in tokens: the numbers of its id. REC,
// decoded
func SecurityIdentifier(id string) any {
	guid, err := uuid.Parse(id)
	if err != nil {
		return nil
	}
	b := guid[:]
	// the bytes of a GUID in memory: its first three parts are little-endian
	little := append([]byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]}, b[8:]...)
	part := func(i int) uint32 { return binary.LittleEndian.Uint32(little[4*i:]) }
	return fmt.Sprintf("S-1-12-1-%d-%d-%d-%d", part(0), part(1), part(2), part(3))
}
