package graph

// calendarErrors are the words of calendars. Before each line stands where it was seen.
var calendarErrors = map[string]Error{
	// recorded with nock in a public repository
	"event-conflict": {412, "ErrorIrresolvableConflict", "The send or update operation could not be performed because " +
		"the change key passed in the request does not match the current change key for the item."},
	// observed: microsoft-graph-docs#7919
	"event-property-invalid": {400, "ErrorPropertyValidationFailure", "At least one property failed validation."},
	// observed: an Outlook server's change log, of responses of 2026
	"event-not-midnight": {400, "ErrorInvalidRequest", "The Event.{property} property for an all-day event needs to be " +
		"set to midnight."},
	// observed: a public client, of responses of 2026
	"time-zone-unknown": {400, "TimeZoneNotSupportedException", "A valid TimeZone value must be specified. " +
		"The following TimeZone value is not supported: '{id}'."},
	// the code and the text are Exchange's own; the status is assumed
	"calendar-permission-kept": {400, "ErrorInvalidRequest", "Your request can't be completed. The permission can't be removed."},
	"folder-fixed":             {400, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted."},
	// observed: a public client
	"view-window-required": {400, "ErrorInvalidParameter", "This request requires a time window specified by the query " +
		"string parameters StartDateTime and EndDateTime."},
	// the code is Exchange's; the text is assumed
	"view-time-invalid": {400, "ErrorInvalidParameter", "The value '{id}' of the parameter '{property}' is not a valid " +
		"date and time."},
	// Exchange's code and text of calendar views; the status is assumed
	"view-window-backwards": {400, "ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate."},
	// observed: microsoft-graph-docs#6284 with days; a public client with years, of instances
	"view-window-long": {400, "ErrorInvalidRequest", "Your request can't be completed. The range between the start and " +
		"end dates is greater than the allowed range. Maximum number of {option}"},
	// Exchange's code of views with too much; text and status are assumed
	"view-too-many": {400, "ErrorExceededFindCountLimit", "The calendar view has more than 100000 events. Ask for a " +
		"shorter time."},
	// documented: event-update
	"occurrence-crossing": {400, "ErrorOccurrenceCrossingBoundary", "Modified occurrence is crossing or overlapping " +
		"adjacent occurrence."},
	// Exchange's code; text and status are assumed
	"recurrence-empty": {400, "ErrorRecurrenceHasNoOccurrence", "The recurrence has no occurrences."},
	// observed: a public client, of responses of 2026
	"meeting-own": {400, "ErrorInvalidRequest", "Your request can't be completed. You can't respond to this meeting because " +
		"you're the meeting organizer."},
	// documented: event-cancel
	"meeting-not-organizer": {400, "ErrorInvalidRequest", "Your request can't be completed. You need to be an organizer to " +
		"cancel a meeting."},
	// Exchange's code of a response; text and status are assumed
	"meeting-cancelled": {400, "ErrorCalendarIsCancelledForAccept", "You can't respond to this meeting because it is cancelled."},
	// documented: event-decline; code observed in a public client, the text is assumed
	"meeting-no-proposal": {400, "ErrorInvalidParameter", "A new time can be proposed only with a response that is sent, and " +
		"if the meeting allows it."},
	// limits and the first code are documented or observed; texts are assumed
	"schedule-too-long":  {400, "ErrorTimeIntervalTooBig", "The requested time is longer than the allowed maximum of 62 days."},
	"schedule-backwards": {400, "ErrorInvalidTimeInterval", "The end of the requested time has to be after its start."},
	"schedule-too-many":  {400, "ErrorInvalidParameter", "Too many people were asked about at once."},
	"schedule-parameter": {400, "ErrorInvalidParameter", "The parameter '{property}' is missing or out of range."},
	// observed: a public client, of responses of 2026, in part
	"contacts-filter": {400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes."},
	"contacts-delta-option": {400, "ErrorInvalidUrlQuery", "The following parameters are not supported with change tracking " +
		"over the 'Contacts' resource: '$orderby, $filter, $search, $top, $skip'."},
}
