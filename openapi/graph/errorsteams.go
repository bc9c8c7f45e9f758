package graph

// Codes of errors of Teams.
const invalidRequest = "InvalidRequest"

// teamsErrors are the words of Teams. Before each line stands where it was seen; rules.txt of the
// workload has more.
var teamsErrors = map[string]Error{
	// observed: cli-microsoft365, team-get
	"team-not-found": {404, "NotFound", "No team found with Group Id {id}"},
	// observed: cli-microsoft365, channel-get, tab-list
	"channel-not-found":  {404, "ItemNotFound", "Failed to execute Skype backend request GetThreadS2SRequest."},
	"channel-id-invalid": {400, invalidRequest, "Channel id is not in a valid format: {id}"},
	// assumed, as of other objects
	"team-app-unknown": {404, "NotFound", "NotFound"},
	// observed: cli-microsoft365, app-install
	"team-user-unknown": {404, "NotFound", "Failed to find user with id '{id}' in the tenant"},
	// the text is what clients look for, one of them with this status; the code is assumed
	"channel-name-taken": {400, "BadRequest", "Channel name already existed, please use other name."},
	// documented limits; the text is assumed
	"channel-name-invalid": {400, "BadRequest", "Channel name is invalid: {reason}."},
	// documented; the text is assumed
	"channel-general": {400, "BadRequest", "The General channel of a team can't be deleted."},
	// observed: msteams-docs#12852
	"message-import-only": {401, "Unauthorized", "Message POST is allowed in application-only context only for import " +
		"purposes. Refer to https://docs.microsoft.com/microsoftteams/platform/graph-api/import-messages/" +
		"import-external-messages-to-teams for more details."},
	// the text is what clients quote; status and code are assumed
	"message-mention-unmarked": {400, "BadRequest", "Neither Body nor adaptive card content contains marker for " +
		"mention with Id '{id}'"},
	// statuses DOC onlinemeeting-createorget.md, texts assumed
	"online-meeting-times":       {400, "BadRequest", "The endDateTime of a meeting needs a startDateTime before it."},
	"online-meeting-external-id": {400, "BadRequest", "The externalId of the meeting is required."},
	// assumed
	"online-meeting-filter":    {400, "InvalidArgument", "{reason}"},
	"online-meeting-not-found": {404, "NotFound", "Meeting not found."},
	"presence-invalid":         {400, "BadRequest", "The presence can't be set or read: {reason}."},
	"message-body-missing":     {400, "BadRequest", "Missing body content"},
	// documented; the text is assumed
	"team-template-missing": {400, "BadRequest", "A team needs a template: template@odata.bind is missing."},
	// observed: a response of 2021
	"team-owner-missing": {400, "BadRequest", "A team owner must be provided when creating a team in application context."},
	// documented: team-put-teams; the text is assumed
	"team-exists": {409, "Conflict", "The group '{id}' has a team already."},
	// assumed
	"team-group-unfit": {400, "BadRequest", "The group '{id}' can't have a team: it needs to be a Microsoft 365 group " +
		"with an owner."},
	// assumed
	"member-user-missing": {400, "BadRequest", "A member needs a user: user@odata.bind is missing."},
	// assumed
	"member-role-invalid": {400, "BadRequest", "'{id}' is no role of a member; owner and guest are."},
	// documented: chat-post-members; the text is assumed
	"member-of-pair": {403, "Forbidden", "Members of a chat of two can't be changed."},
	// documented: chat-post; the texts are assumed
	"chat-type-invalid":    {400, "BadRequest", "A chat of the type '{id}' can't be created."},
	"chat-members-invalid": {400, "BadRequest", "A chat needs the caller among its members, and two of them if it is oneOnOne."},
	// documented: the status; the text is assumed
	"team-app-installed": {409, "Conflict", "The app '{id}' is installed already."},

	// observed: msgraph-sdk-powershell#1253, microsoft-graph-docs#15592
	"team-is-archived":   {403, "Forbidden", "The team or the channel is archived: it can be read only."}, // DOC team-archive
	"reaction-missing":   {400, "BadRequest", "A reaction needs a reactionType."},                         // DOC chatmessage-setreaction
	"teams-query-option": {400, "BadRequest", "{reason}"},
}
