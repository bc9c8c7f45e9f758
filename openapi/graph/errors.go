package graph

// An Error is how Graph words an error: what stays the same of its envelope. Ids and
// dates are for the server to add. Names in braces stand for what varies.
type Error struct {
	Status  int
	Code    string
	Message string
}

// Ids of the errors that scenarios name; ErrorOf knows more.
const (
	ErrorThrottled          = "throttled"
	ErrorUnauthorized       = "token-expired"
	ErrorTokenRevoked       = "token-revoked"
	ErrorForbidden          = "scope-missing"
	ErrorNotFound           = "item-not-found"
	ErrorConflict           = "conflict"
	ErrorPreconditionFailed = "precondition-failed"
	ErrorInternal           = "internal"
	ErrorUnavailable        = "unavailable"
	ErrorTimeout            = "gateway-timeout"
	ErrorStorage            = "insufficient-storage"
)

// Texts that several errors have.
const (
	badPayload = "Unable to read JSON request payload. " +
		"Please ensure Content-Type header is set and payload is of valid JSON format."
	badBatch     = "Invalid batch payload format."
	badToken     = "InvalidAuthenticationToken"
	noPrivileges = "Insufficient privileges to complete the operation."
	notThere     = "Resource could not be discovered."
)

// ErrorOf returns the error with an id: the one table from what went wrong to what
// Graph says. Where graph.yaml has an x-graphmock-behaviour row with the same id,
// that row holds the evidence, and a test keeps the two equal. Lines that scenarios
// use and no row has are documented as statuses only (errors.md); their texts are
// assumed.
func ErrorOf(id string) (Error, bool) {
	for _, table := range errorTables {
		if e, ok := table[id]; ok {
			return e, true
		}
	}
	return Error{}, false
}

// IsErrorID reports whether ErrorOf knows an id.
func IsErrorID(id string) bool {
	_, ok := ErrorOf(id)
	return ok
}

// ErrorFor returns the error that a status stands for where no more is known, a
// generic one for statuses without a line in the table.
func ErrorFor(status int) Error {
	if id, ok := errorByStatus[status]; ok {
		return errorByID[id]
	}
	return Error{Status: status, Code: "UnknownError"}
}

// errorTables are the errors that many workloads have, then those of single ones.
var errorTables = []map[string]Error{errorByID, directoryErrors, mailErrors, calendarErrors, teamsErrors, filesErrors,
	searchErrors}

var errorByID = map[string]Error{
	"body-too-large":           {413, "RequestEntityTooLarge", "The request body is too large."},
	"content-encoding-unknown": {415, "UnsupportedMediaType", "Content-Encoding '{encoding}' is not supported."},
	"content-encoding-broken":  {400, "BadRequest", badPayload},
	"body-timeout":             {408, "RequestTimeout", "The request body was not received in time."},

	"operation-unsupported": {501, "NotImplemented", "graphmock does not know what {id} returns."}, // assumed

	// cli-microsoft365 (the first one); codes and texts of the others are assumed
	"connection-not-found":    {404, "ItemNotFound", "The requested resource does not exist."},
	"connection-exists":       {409, "NameAlreadyExists", "The connection already exists."},
	"connection-id-invalid":   {400, "BadRequest", "The id of a connection has 3 to 32 letters and digits, and does not begin with Microsoft."},
	"connection-name-missing": {400, "BadRequest", "A connection has to have a name."},

	"invalid-version":    {400, "BadRequest", "Invalid version."},
	"unknown-segment":    {400, "BadRequest", "Resource not found for the segment '{segment}'."},
	"method-not-allowed": {405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."},

	"token-empty":         {401, badToken, "Access token is empty."},
	"token-over-http":     {403, "Forbidden", "HTTPS is required."},
	"token-malformed":     {401, badToken, "IDX14100: JWT is not well formed, there are no dots (.)."},
	"token-signature":     {401, badToken, "Access token validation failure. Invalid signature."},
	"token-expired":       {401, badToken, "Lifetime validation failed, the token is expired."},
	"token-not-yet-valid": {401, badToken, "Access token has expired or is not yet valid."},
	"token-audience":      {401, badToken, "Access token validation failure. Invalid audience."},
	"token-revoked": {401, badToken, "Continuous access evaluation resulted in challenge " +
		"with result: InteractionRequired " +
		"and code: TokenIssuedBeforeRevocationTimestamp"}, // microsoftgraph/msgraph-sdk-dotnet#1416
	"app-only-on-me": {400, "BadRequest", "/me request is only valid with delegated authentication flow."},
	"app-only":       {403, "Authorization_RequestDenied", noPrivileges},
	"scope-missing":  {403, "Authorization_RequestDenied", noPrivileges},
	"other-user":     {403, "Authorization_RequestDenied", noPrivileges},

	"content-type-missing":   {400, "BadRequest", badPayload},
	"content-length-missing": {411, "LengthRequired", "The request must be chunked or have a content length."},
	"header-repeated":        {400, "BadRequest", "Bad Request - Invalid Header"},
	"content-type-not-json":  {400, "BadRequest", "Entity only allows writes with a JSON Content-Type header."},
	"body-empty":             {400, "BadRequest", badPayload},
	"body-syntax":            {400, "BadRequest", badPayload},
	"body-trailing":          {400, "BadRequest", badPayload},
	"body-duplicate-key":     {400, "BadRequest", badPayload},
	"body-utf8":              {400, "BadRequest", badPayload},
	"body-depth":             {400, "BadRequest", badPayload},
	"body-number":            {400, "BadRequest", badPayload},
	"schema-invalid":         {400, "BadRequest", "Invalid value for property '{property}': {reason}."},
	"unknown-property": {400, "RequestBodyRead", "The property '{property}' does not exist on type '{type}'. " +
		"Make sure to only use property names that are defined by the type or mark the type as open type."},
	"unknown-parameter": {400, "RequestBodyRead", "The parameter '{property}' in the request payload is not a valid " +
		"parameter for the operation '{operation}'."},
	"parameter-invalid": {400, "BadRequest", "Invalid value for parameter '{parameter}': {reason}."},
	"key-mismatch":      {400, "BadRequest", "The value of property '{property}' does not match the key in the URL."},
	"query-unsupported": {400, "BadRequest", "Query option '{option}' is not supported."},

	"filter-invalid":            {400, "BadRequest", "Invalid filter clause"},
	"unknown-query-property":    {400, "RequestBroker--ParseUri", "{reason}"},
	"unknown-selected-property": {400, "BadRequest", "{reason}"},
	"expand-not-supported":      {400, "ExpandNotSupported", "{reason}"},
	"query-option-twice": {400, "BadRequest", "Query option '{option}' was specified more than once, " +
		"but it must be specified at most once."},
	"query-option-invalid": {400, "BadRequest", "Invalid value for query option '{option}': {reason}."},
	"skiptoken-invalid":    {400, "BadRequest", "The skip token is invalid."},
	"skiptoken-expired":    {400, "BadRequest", "The skip token has expired."},

	"subscription-validation-failed": {400, "ValidationError", "Subscription validation request failed. " +
		"Notification endpoint must respond with 200 OK to validation request."}, // splunk/azure-functions-splunk#26
	"subscription-validation-token": {400, "ValidationError", "Subscription validation request failed. " +
		"Response must exactly match validationToken query parameter."}, // microsoftgraph/java-spring-webhooks-sample#82
	"subscription-validation-timeout": {400, "ValidationError", "Subscription validation request timed out."},
	"subscription-receiver-remote": {400, "ValidationError", "Subscription validation request failed. graphmock calls " +
		"receivers on loopback addresses only: start it with --allow-remote-callbacks, or let a handler stand for the URL."},
	"subscription-too-long": {400, "ExtensionError", "Subscription expiration can only be {reason} minutes in the future."},
	"subscription-expiration-past": {400, "InvalidRequest",
		"Subscription expiration has to be in the future."}, // assumed, as are those below
	"subscription-property-missing": {400, "InvalidRequest", "The property '{property}' is required to create a subscription."},
	"subscription-immutable":        {400, "InvalidRequest", "The property '{property}' of a subscription can't be changed."},
	"subscription-change-invalid":   {400, "InvalidRequest", "Invalid 'changeType' attribute: '{reason}'."},
	"subscription-resource-invalid": {400, "InvalidRequest", "Invalid 'resource' attribute: '{id}'."},
	"subscription-resource-unsupported": {400, "InvalidRequest",
		"Subscriptions to the resource '{id}' are not supported."},
	"subscription-url-invalid": {400, "InvalidRequest", "The property '{property}' has to be an HTTPS URL."},
	"subscription-encryption-missing": {400, "InvalidRequest", "Notifications with resource data need " +
		"includeResourceData, encryptionCertificate and encryptionCertificateId."},
	"subscription-certificate-invalid": {400, "InvalidRequest", "The encryptionCertificate can't be used: {reason}."},
	"subscription-lifecycle-missing": {400, "InvalidRequest", "lifecycleNotificationUrl is a required property for " +
		"subscription creation on this resource when the expirationDateTime value is set to greater than 1 hour."},
	"subscription-not-found": {404, "ResourceNotFound", "The object was not found."},

	"planner-tag-missing": {412, "", "The If-Match header must be specified for this kind of request."},
	"planner-tag-invalid": {400, "", "The If-Match header contains an invalid value."},
	"planner-tag-stale":   {412, "", "The item was changed since the version that the If-Match header names."}, // assumed
	"planner-field-missing": {400, "", "Schema validation has failed. Validation for field '{property}', on entity '{type}' " +
		"has failed: A non-null value must be specified for this field."},
	"planner-field-invalid": {400, "", "Schema validation has failed. Validation for field '{property}', on entity '{type}' " +
		"has failed: The specified identifier is invalid."},
	"planner-number-invalid": {400, "", "Schema validation has failed. Validation for field '{property}', on entity 'Task' " +
		"has failed: The value must be between 0 and {id}."}, // assumed
	"planner-reference-key": {400, "", "The name '{id}' of a reference has to be escaped: '.', ':', '@' and '#' are %2E, %3A, %40 and %23."},
	"planner-due-early": {400, "", "Schema validation has failed. Validation for field 'DueDate', on entity 'Task' " +
		"has failed: DueDate cannot be earlier than the StartDate"},
	"planner-item-not-found": {404, "", "The requested item is not found."},

	"delta-gone": {410, "syncStateNotFound", "The delta token has expired; the next request has to begin anew."},
	"delta-gone-mailbox": {410, "SyncStateNotFound", "The sync state generation is not found; " +
		"generation=149;[highest=157][157][155][156]."},
	"delta-gone-drive": {410, "resyncRequired", "Resync required. Replace any local items with the server's version " +
		"(including deletes) if you're sure that the service was up to date with your local changes when you last sync'd. " +
		"Upload any local changes that the server doesn't know about."},

	// MartinM85 in microsoftgraph/msgraph-metadata#607; the second one in allodia-eu/email-calendar-sync-engine
	"delta-unsupported":     {400, "BadRequest", "{reason}"},
	"delta-token-malformed": {400, "BadRequest", "Badly formed token."},

	"batch-malformed":  {400, "BadRequest", badBatch},
	"batch-size":       {400, "BadRequest", "Number of requests inside batch exceeds the limit."},
	"batch-id":         {400, "BadRequest", "Request Id {id} has to be unique in a batch."},
	"batch-dependency": {400, "BadRequest", "Invalid dependency for request Id {id}."},
	"batch-sequence":   {400, "BadRequest", "Batch should be either fully sequential or fully parallel."},
	"batch-url":        {400, "BadRequest", badBatch},
	"batch-body":       {400, "BadRequest", badBatch},
	"batch-nested":     {400, "BadRequest", "A batch can't be part of another batch."},
	"failed-dependency": {424, "FailedDependency", "The request was not executed " +
		"because a request that it depends on failed."},
	"bad-gateway": {502, "BadGateway", "The service did not send a whole answer."},

	"activity-not-found": {404, "ResourceNotFound", notThere},
	"item-not-found":     {404, "ResourceNotFound", notThere},
	"object-not-found": {404, "Request_ResourceNotFound", "Resource '{id}' does not exist or one of its queried " +
		"reference-property objects are not present."},
	"object-exists": {400, "Request_BadRequest", "Another object with the same value for property {property} " +
		"already exists."},
	"value-required":   {400, "Request_BadRequest", "A value is required for property '{property}' of resource '{type}'."},
	"thread-not-found": {404, "NotFound", "NotFound"},
	"link-exists": {400, "Request_BadRequest", "One or more added object references already exist " +
		"for the following modified properties: '{property}'."},
	"link-required": {400, "Request_BadRequest", "The reference '{id}' can't be removed: it leads to what contains the entity."},
	"link-invalid":  {400, "Request_BadRequest", "The reference '{id}' is no link to an entity."},

	"already-exists":       {409, "nameAlreadyExists", "The specified item name already exists."},
	"key-immutable":        {400, "BadRequest", "The property 'appActivityId' can't be changed."},
	"type-immutable":       {400, "BadRequest", "The type of the entity is '{type}' and can't be changed."},
	"conflict":             {409, "Conflict", "The resource was changed by another request."},
	"precondition-failed":  {412, "resourceModified", "The resource has changed since it was read."},
	"throttled":            {429, "TooManyRequests", "Too many requests."},
	"internal":             {500, "InternalServerError", "An internal server error occurred."},
	"unavailable":          {503, "serviceNotAvailable", "Service unavailable"},
	"gateway-timeout":      {504, "GatewayTimeout", "The service did not answer in time."},
	"insufficient-storage": {507, "quotaLimitReached", "The maximum storage quota has been reached."},
}

var errorByStatus = map[int]string{
	401: "token-expired", 403: "scope-missing", 404: "item-not-found", 405: "method-not-allowed", 408: "body-timeout",
	409: "conflict", 412: "precondition-failed", 413: "body-too-large", 429: "throttled", 500: "internal",
	503: "unavailable", 504: "gateway-timeout", 507: "insufficient-storage",
}
