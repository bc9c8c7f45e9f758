package graph

// searchErrors are the words of Microsoft Search. What stands behind a line is where it was seen
// (the facts in comments); the rest is assumed.
var searchErrors = map[string]Error{
	// pnp/cli-microsoft365; microsoft-search/pnp-modern-search#2803; DOC search-concept-multiplerequest
	"search-request-invalid": {400, "BadRequest", "SearchRequest Invalid ({reason})"},
	// microsoftgraph/microsoft-graph-docs-contrib#8480
	"search-page-size": {400, "BadRequest", "The maximum allowed page size is {id}"},
	// quoted by many clients, of chatMessage
	"search-permission": {403, "Forbidden", "Access to {type} in Graph API requires the following permissions: {reason}. " +
		"However, the application only has the following permissions granted: {id}"},
	"search-app-only":    {403, "Forbidden", "Access to {type} in Graph API is not supported with application permission."},
	"search-query-long":  {400, "BadRequest", "The query is too long: the maximum allowed length is 4096."},
	"search-unsupported": {501, "NotImplemented", "graphmock does not search by what is asked for: {reason}."},
}
