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
	"folder-fixed": {400, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted."},
}
