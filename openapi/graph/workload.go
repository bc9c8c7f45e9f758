package graph

import "strings"

// A Workload is one of the services behind Graph. Each has its own way to answer.
type Workload uint8

// The workloads whose ways are known.
const (
	OtherWorkload Workload = iota
	Directory              // users, groups, applications, policies
	Exchange               // mail, calendars, contacts, to-do
	Files                  // drives, sites, lists, notebooks
	Teams
	Planner
)

// WorkloadOf returns the workload that answers a path, given as a template such as
// /users/{}/messages/{}.
func WorkloadOf(template string) Workload {
	first, rest := cutSegment(template)
	switch first {
	case "me", "users", "groups":
		rest = strings.TrimPrefix(rest, "/{}")
		if key, after, ok := strings.Cut(rest, ")"); ok && key[:1] == "(" {
			rest = after
		}
		if second, _ := cutSegment(rest); second != "" {
			if w, ok := workloadOfPart[second]; ok {
				return w
			}
		}
		return Directory
	}
	return workloadOfRoot[first]
}

// cutSegment returns the first segment of a path, in lower case, and what follows it.
func cutSegment(path string) (segment, rest string) {
	segment = strings.TrimPrefix(path, "/")
	if i := strings.IndexAny(segment, "/("); i >= 0 { // which begins another key than the usual one
		segment, rest = segment[:i], segment[i:]
	}
	return strings.ToLower(segment), rest
}

// workloadOfRoot is by the first segment of a path.
var workloadOfRoot = namesOf(map[Workload]string{
	Directory: `administrativeUnits applications applicationTemplates auditLogs authenticationMethodConfigurations
		authenticationMethodsPolicy certificateBasedAuthConfiguration contacts contracts devices directory directoryObjects
		directoryRoles directoryRoleTemplates domainDnsRecords domains groupLifecyclePolicies groupSettings
		groupSettingTemplates identity identityGovernance identityProtection identityProviders invitations
		oauth2PermissionGrants organization permissionGrants policies roleManagement schemaExtensions scopedRoleMemberships
		servicePrincipals subscribedSkus tenantRelationships`,
	Files:   "drive drives shares sites",
	Teams:   "appCatalogs chats teams teamsTemplates teamwork",
	Planner: "planner",
})

// workloadOfPart is by the segment that follows a user or a group.
var workloadOfPart = namesOf(map[Workload]string{
	Exchange: `acceptedSenders calendar calendarGroups calendars calendarView contactFolders contacts conversations events
		findMeetingTimes findRoomLists findRooms getMailTips getSchedule inferenceClassification mailboxSettings mailFolders
		messages outlook people photo photos places rejectedSenders reminderView sendMail threads todo
		translateExchangeIds`,
	Files:         "drive drives followedSites onenote sites",
	Teams:         "chats joinedTeams onlineMeetings presence team teamwork",
	Planner:       "planner",
	OtherWorkload: "activities agreementAcceptances insights managedAppRegistrations managedDevices settings",
})

func namesOf(lists map[Workload]string) map[string]Workload {
	byName := map[string]Workload{}
	for w, names := range lists {
		for name := range strings.FieldsSeq(names) {
			byName[strings.ToLower(name)] = w
		}
	}
	return byName
}

// KeepsID reports whether entities at a path have their ids whatever $select says: messages,
// events, contacts and their folders. [DOC: samples of user-list-messages, event-get]
func KeepsID(template string) bool {
	return WorkloadOf(template) == Exchange && !strings.Contains(template, "/todo/")
}

// NotFound returns the id of the workload's error about an entity that is not there.
func (w Workload) NotFound() string {
	switch w {
	case Directory:
		return "object-not-found"
	case Exchange:
		return "mailbox-item-not-found"
	case Files:
		return "drive-item-not-found"
	case Teams:
		return "thread-not-found"
	case Planner:
		return "planner-item-not-found"
	}
	return ErrorNotFound
}

// NoUser returns the id of the workload's error about a user who is not there, of whom
// something is asked; "" if it has no words of its own.
func (w Workload) NoUser() string {
	if w == Exchange {
		return "mailbox-user-invalid"
	}
	return ""
}

// IsAccepted reports whether an action without a result is only accepted: it is done
// later.
func IsAccepted(action string) bool {
	switch action {
	case "sendMail", "send", "reply", "replyAll", "forward", "accept", "decline", "tentativelyAccept", "cancel",
		"sendVirtualAppointmentReminderSms", "sendVirtualAppointmentSms":
		return true
	}
	return false
}

// ResourceUnits is what a request to the directory costs of the units by which it is
// throttled; 0 is elsewhere. [REC; DOC throttling-limits.md, Identity and access]
func ResourceUnits(method, template string) int {
	if WorkloadOf(template) != Directory {
		return 0
	}
	name := template[strings.LastIndexByte(template, '/')+1:]
	switch method {
	case "GET":
		return max(unitsOfList[name], 1)
	case "POST":
		return max(unitsOfAction[name], 1)
	}
	return 1
}

var unitsOfList = map[string]int{
	"members": 3, "transitiveMembers": 5, "memberOf": 2, "transitiveMemberOf": 2, "ownedObjects": 2, "licenseDetails": 2,
	"oauth2PermissionGrants": 2, "appRoleAssignments": 2, "subscribedSkus": 3, "contracts": 3, "domainNameReferences": 4,
}

var unitsOfAction = map[string]int{
	"checkMemberGroups": 4, "checkMemberObjects": 4, "getMemberGroups": 2, "getMemberObjects": 2, "getByIds": 3,
}

// Updates reports whether the workload answers a PATCH with the entity; others have
// nothing to say then.
func (w Workload) Updates() bool { return w != Directory }
