// Package teams is what Teams does beyond its model: teams of groups, channels, members, chats and
// their messages.
//
// Beside each rule stands where it is from: REC is recorded traffic, OBS a response that somebody
// has pasted, DOC Microsoft's pages, CODE clients that depend on it; what nothing is known of is
// assumed.
package teams

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Types of Teams.
const (
	prefix        = "microsoft.graph."
	teamType      = prefix + "team"
	channelType   = prefix + "channel"
	chatType      = prefix + "chat"
	messageType   = prefix + "chatMessage"
	memberType    = prefix + "conversationMember"
	personType    = prefix + "aadUserConversationMember"
	operationType = prefix + "teamsAsyncOperation"
	previewType   = prefix + "chatMessageInfo"
	groupType     = prefix + "group"
)

// Behaviors returns those of Teams, and what it adds to those of groups and users.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{
		team(), channel(), chat(), message(), hostedContent(), member(), tab(), installation(), app(), appDefinition(),
		{Type: operationType, Timed: progress, Waits: waits},
		{Type: previewType, Optional: true},
		{
			Type: groupType, Relinked: groupRelinked, Changed: groupChanged,
			Linked: map[string]func(store.Reader, string) []string{"team": teamOfGroup},
		},
		{Type: prefix + "user", Linked: map[string]func(store.Reader, string) []string{
			"joinedTeams": joined("teams/"), "chats": joined("chats/"),
		}},
	}
}

func team() *service.Behavior {
	return &service.Behavior{
		Type: teamType, NotFound: "team-not-found", Quiet: true, // DOC team-update: 204
		Order: []string{"id", "createdDateTime", "displayName", "description", "internalId", "classification",
			"specialization", "visibility", "webUrl", "isArchived", "discoverySettings", "memberSettings", "guestSettings",
			"messagingSettings", "funSettings"}, // REC team-list
		Linked: map[string]func(store.Reader, string) []string{
			"primaryChannel": func(r store.Reader, path string) []string {
				return []string{path + "/channels/" + text(r, path, "internalId")}
			},
			"allChannels": func(r store.Reader, path string) []string { return paths(r, path+"/channels") },
		},
		Value: teamValue, Show: showTeam, Changed: teamChanged, Create: createTeam,
		Operations: map[string]service.Operation{
			"archive": archived("archiveTeam", true), "unarchive": archived("unarchiveTeam", false),
			"clone": cloneTeam, "completeMigration": nothing, "sendActivityNotification": nothing,
		},
	}
}

// settings are those of a new team, of which clients may send some. REC team-list
var settings = map[string]map[string]any{
	"memberSettings": {
		"allowCreateUpdateChannels": true, "allowCreatePrivateChannels": true, "allowDeleteChannels": true,
		"allowAddRemoveApps": true, "allowCreateUpdateRemoveTabs": true, "allowCreateUpdateRemoveConnectors": true,
	},
	"guestSettings": {"allowCreateUpdateChannels": false, "allowDeleteChannels": false},
	"messagingSettings": {
		"allowUserEditMessages": true, "allowUserDeleteMessages": true, "allowOwnerDeleteMessages": true,
		"allowTeamMentions": true, "allowChannelMentions": true,
	},
	"funSettings": {
		"allowGiphy": true, "giphyContentRating": "moderate", "allowStickersAndMemes": true, "allowCustomMemes": true,
	},
}

func teamValue(w *service.Write, name string) (any, bool) {
	if usual, is := settings[name]; is {
		all := maps.Clone(usual)
		for _, more := range []any{w.Before(name), w.Sent[name]} {
			set, _ := more.(map[string]any)
			maps.Copy(all, set)
		}
		return all, true
	}
	switch name {
	case "internalId":
		if before := w.Before(name); before != nil {
			return w.Seeded(name, before), true
		}
		return w.Seeded(name, generalOf(w.Key)), true
	}
	return service.Defaults(map[string]any{
		"description": nil, "classification": nil, "specialization": "none", "visibility": "public", "isArchived": false,
	})(w, name)
}

// generalOf is the id of the channel that a team has from the start.
func generalOf(team string) string {
	sum := sha256.Sum256([]byte(team))
	return "19:" + hex.EncodeToString(sum[:16]) + "@thread.tacv2"
}

// showTeam sets what follows from the tenant.
func showTeam(r store.Reader, path string, team map[string]any) {
	internal, _ := team["internalId"].(string)
	team["webUrl"] = "https://teams.microsoft.com/l/team/" + url.QueryEscape(internal) + "/conversations?groupId=" +
		keyOf(path) + "&tenantId=" + tenantOf(r)
}

// tenantOf is the id of the tenant: that of its organization.
func tenantOf(r store.Reader) string {
	record, _ := r.First("organization")
	return service.KeyOf(record.ID)
}

// teamChanged gives a team what all have: the channel General (DOC), the members of its group
// (DOC), and a group that says so.
func teamChanged(tx store.Tx, c service.Change) {
	path := c.Collection + "/" + c.ID
	if c.Deleted {
		return
	}
	call, general := c.Call(tx), text(tx, path, "internalId")
	if _, found := tx.Get(path+"/channels", general); !found {
		call.Create(path+"/channels", channelType, map[string]any{"id": general, "displayName": "General"})
	}
	group := "groups/" + c.ID
	c.Amend(tx, group, func(properties map[string]any) bool {
		options, _ := properties["resourceProvisioningOptions"].([]any)
		if slices.Contains(options, any("Team")) {
			return false
		}
		properties["resourceProvisioningOptions"] = append(slices.Clone(options), "Team")
		return true
	})
	for _, links := range []string{"/owners", "/members"} {
		for _, user := range call.Links(group, links[1:]) {
			groupRelinked(tx, c, service.StoredLink{Collection: group + links, Target: user})
		}
	}
}

// Teams of groups that are gone are kept as long as these can be restored (DOC
// directory-deleteditems-restore, teams-concept-overview). They are no part of the tenant's state.
const (
	formerTeams = service.Unsaved + "formerTeams"
	maxFormer   = 100 // the oldest one goes
	formerLife  = 30 * 24 * 60 * 60 * 1000
)

// groupChanged lets a team go with its group, and come back with it.
func groupChanged(tx store.Tx, c service.Change) {
	if c.Collection != "groups" {
		return
	}
	call, path, former := c.Call(tx), "teams/"+c.ID, formerTeams+"/"+c.ID
	if c.Deleted {
		team, found := tx.Get("teams", c.ID)
		if !found {
			return
		}
		for tx.Len(formerTeams) >= maxFormer {
			oldest, _ := tx.First(formerTeams)
			tx.Delete(formerTeams, oldest.ID)
		}
		tx.Put(formerTeams, store.Record{ID: c.ID, JSON: team.JSON, Expires: call.Now.MS + formerLife, Rank: tx.Next()})
		if call.CopyBelow(&service.Entity{Path: path}, &service.Entity{Path: former}) != nil {
			tx.Delete(formerTeams, c.ID) // there is no room for it: it is gone for good
		}
		call.Delete(path)
		return
	}
	kept, found := tx.Get(formerTeams, c.ID)
	if !found {
		return
	}
	if call.CopyBelow(&service.Entity{Path: former}, &service.Entity{Path: path}) != nil {
		return
	}
	for _, member := range paths(tx, path+"/members") { // who is in the group now is one
		tx.Delete(path+"/members", member[strings.LastIndexByte(member, '/')+1:])
	}
	tx.Delete(formerTeams, c.ID)
	team := service.Decode(&kept)
	team["id"] = service.KeyOf(c.ID)
	call.Create("teams", teamType, team)
}

func teamOfGroup(r store.Reader, path string) []string {
	if _, found := r.Get("teams", keyOf(path)); !found {
		return nil
	}
	return []string{"teams/" + keyOf(path)}
}

// createTeam makes a team with its group, or of a group that there is: 202 with an operation. A PUT
// does the second with 201. DOC team-post, team-put-teams
func createTeam(c *service.Call) (service.Result, error) {
	switch e, err := c.Bound(); {
	case c.Method != http.MethodPut:
	case err == nil:
		return service.Result{}, service.Fail("team-exists", "{id}", e.Key())
	default:
		return teamify(c, c.Owner())
	}
	bound, _ := c.Body["group@odata.bind"].(string)
	if c.Text("template@odata.bind") == "" && bound == "" {
		return service.Result{}, service.Fail("team-template-missing")
	}
	if bound != "" {
		group, err := c.Locate(bound)
		if err != nil {
			return service.Result{}, err
		}
		made, err := teamify(c, group)
		if err != nil {
			return service.Result{}, err
		}
		return accepted(c, made.Entity, "teamifyGroup"), nil
	}
	owners, err := ownersOf(c)
	if err != nil {
		return service.Result{}, err
	}
	made := newTeam(c, c.Body, owners)
	for _, each := range list(c.Body["channels"]) {
		channel, _ := each.(map[string]any)
		if name, _ := channel["displayName"].(string); name != "General" {
			c.Create(made.Path+"/channels", channelType, maps.Clone(channel))
		}
	}
	return accepted(c, made, "createTeam"), nil
}

// ownersOf are the paths of the owners of a new team: those whom the body names, and the caller.
func ownersOf(c *service.Call) (owners []string, err error) {
	for _, each := range list(c.Body["members"]) {
		body, _ := each.(map[string]any)
		user, roles, err := memberOf(c, body)
		if err != nil {
			return nil, err
		}
		if slices.Contains(roles, any("owner")) {
			owners = append(owners, user)
		}
	}
	if !c.Caller.AppOnly {
		owners = append(owners, "users/"+c.Caller.User.ID)
	}
	if len(owners) == 0 {
		return nil, service.Fail("team-owner-missing")
	}
	return owners, nil
}

// newTeam makes a team with a group of its own.
func newTeam(c *service.Call, body map[string]any, owners []string) *service.Entity {
	name, _ := body["displayName"].(string)
	visibility, _ := body["visibility"].(string)
	if visibility == "" {
		visibility = "public"
	}
	group := c.Create("groups", groupType, map[string]any{
		"displayName": name, "description": body["description"], "groupTypes": []any{"Unified"}, "mailEnabled": true,
		"mailNickname": nickname(c, body), "securityEnabled": false,
		"visibility": strings.ToUpper(visibility[:1]) + visibility[1:],
	})
	for _, user := range owners {
		c.Relink(service.StoredLink{Collection: group.Path + "/owners", Target: user})
		c.Relink(service.StoredLink{Collection: group.Path + "/members", Target: user})
	}
	return createOf(c, group.Key(), body)
}

// nickname is that of the group of a new team: the one that was sent, or else of its name the
// letters that addresses have. One that is taken gets a number (assumed).
func nickname(c *service.Call, body map[string]any) string {
	wanted, _ := body["mailNickname"].(string)
	if wanted == "" {
		name, _ := body["displayName"].(string)
		wanted = strings.Map(func(r rune) rune {
			if r < 0x80 && strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-._", r|0x20) {
				return r
			}
			return -1
		}, name)
	}
	if wanted == "" {
		wanted = "team"
	}
	name := wanted
	for {
		if _, taken := c.Find("groups", "mailNickname", strings.ToLower(name)); !taken {
			return name
		}
		name = wanted + c.NewKey(teamType)[:4]
	}
}

// createOf makes the team of a group.
func createOf(c *service.Call, group string, body map[string]any) *service.Entity {
	properties := maps.Clone(body)
	if properties == nil {
		properties = map[string]any{}
	}
	for _, name := range []string{"channels", "members", "internalId", "isArchived"} {
		delete(properties, name)
	}
	properties["id"] = group
	return c.Create("teams", teamType, properties)
}

// teamify makes a team of a group. DOC team-put-teams: it has to have an owner, and no team
func teamify(c *service.Call, path string) (service.Result, error) {
	id := keyOf(path)
	if _, found := c.Get("teams/" + id); found {
		return service.Result{}, service.Fail("team-exists", "{id}", id)
	}
	group, found := c.Get("groups/" + id)
	if !found {
		return service.Result{}, service.Fail("object-not-found", "{id}", id)
	}
	if !slices.Contains(list(group.Properties["groupTypes"]), any("Unified")) || len(c.Links(group.Path, "owners")) == 0 {
		return service.Result{}, service.Fail("team-group-unfit", "{id}", id)
	}
	properties := maps.Clone(c.Body)
	if properties == nil {
		properties = map[string]any{}
	}
	for _, name := range []string{"displayName", "description", "visibility"} {
		if value := group.Properties[name]; value != nil && properties[name] == nil {
			properties[name] = value
		}
	}
	if visibility, is := properties["visibility"].(string); is {
		properties["visibility"] = strings.ToLower(visibility)
	}
	return service.Result{Status: http.StatusCreated, Entity: createOf(c, id, properties)}, nil
}

// cloneTeam makes a team like another one, with those of its parts that are named. DOC team-clone
func cloneTeam(c *service.Call) (service.Result, error) {
	from, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	body := maps.Clone(from.Properties)
	for _, name := range []string{"displayName", "description", "mailNickname", "classification", "visibility"} {
		if value := c.Parameter(name); value != nil {
			body[name] = value
		}
	}
	delete(body, "createdDateTime")
	owners := c.Links("groups/"+from.Key(), "owners")
	if !c.Caller.AppOnly {
		owners = []string{"users/" + c.Caller.User.ID}
	}
	made := newTeam(c, body, owners)
	parts := strings.ToLower(c.Text("partsToClone"))
	if strings.Contains(parts, "members") {
		for _, links := range []string{"owners", "members"} {
			for _, user := range c.Links("groups/"+from.Key(), links) {
				c.Relink(service.StoredLink{Collection: "groups/" + made.Key() + "/" + links, Target: user})
			}
		}
	}
	if strings.Contains(parts, "channels") {
		c.Each(from.Path+"/channels", service.Slice{}, func(e *service.Entity) bool {
			if e.Text("membershipType") == "standard" && e.Key() != from.Text("internalId") {
				c.Create(made.Path+"/channels", channelType, map[string]any{
					"displayName": e.Properties["displayName"], "description": e.Properties["description"],
				})
			}
			return true
		})
	}
	return accepted(c, made, "cloneTeam"), nil
}

// archived returns the action that archives a team or a channel, or takes it back. DOC team-archive
func archived(operation string, is bool) service.Operation {
	return func(c *service.Call) (service.Result, error) {
		e, err := c.Bound()
		if err != nil {
			return service.Result{}, err
		}
		e.Properties["isArchived"] = is
		c.Put(e)
		team, found := c.Get(c.Owner())
		if !found {
			return service.Result{}, service.Fail("team-not-found", "{id}", keyOf(c.Owner()))
		}
		result := accepted(c, team, operation)
		result.ContentLocation = ""
		return result, nil
	}
}

// accepted is the response to what takes its time: 202 with the operation that tells of it. DOC
// teamsasyncoperation
func accepted(c *service.Call, team *service.Entity, operation string) service.Result {
	at := "/teams('" + team.Key() + "')"
	o := c.Create(team.Path+"/operations", operationType, map[string]any{
		"operationType": operation, "createdDateTime": c.Now.Text, "lastActionDateTime": c.Now.Text, "attemptsCount": 1,
		"status": "notStarted", "targetResourceId": team.Key(), "targetResourceLocation": at, "error": nil,
	})
	return service.Result{
		Status: http.StatusAccepted, Location: at + "/operations('" + o.Key() + "')", ContentLocation: at,
		RetryAfter: endsAfter / 1000,
	}
}

// How long an operation takes, in milliseconds: assumed, as clients are told to ask every 30
// seconds at most, and tests have no time.
const (
	beginsAfter = 500
	endsAfter   = 2000
)

// progress is how far an operation has come.
func progress(now int64, operation map[string]any) {
	begun, ok := service.ParseTime(operation["createdDateTime"])
	switch {
	case !ok || operation["status"] == "failed":
	case now-begun < beginsAfter:
		operation["status"] = "notStarted"
	case now-begun < endsAfter:
		operation["status"] = "inProgress"
	default:
		operation["status"] = "succeeded"
	}
}

// nothing answers an action that leaves no trace.
func nothing(c *service.Call) (service.Result, error) {
	_, err := c.Bound()
	return service.Result{}, err
}

// waits is for how many seconds clients are to wait until an operation has ended.
func waits(now int64, operation map[string]any) int {
	begun, ok := service.ParseTime(operation["createdDateTime"])
	if left := begun + endsAfter - now; ok && left > 0 {
		return int((left + 999) / 1000)
	}
	return 0
}

// paths are those of the entities of a collection.
func paths(r store.Reader, collection string) (all []string) {
	snapshot := r.Snapshot(collection)
	var at store.Cursor
	for more := true; more; {
		var page []store.Record
		page, at, more = snapshot.Page(r, at, 100)
		for i := range page {
			all = append(all, collection+"/"+page[i].ID)
		}
	}
	return all
}

// text is a property of the entity at a path that is a text.
func text(r store.Reader, path, property string) string {
	e, found := service.Read(r, path)
	if !found {
		return ""
	}
	return e.Text(property)
}

func keyOf(path string) string { return service.KeyOf(path[strings.LastIndexByte(path, '/')+1:]) }

func list(value any) []any {
	all, _ := value.([]any)
	return all
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
