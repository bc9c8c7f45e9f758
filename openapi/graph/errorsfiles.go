package graph

// filesErrors are the words of OneDrive and SharePoint. What stands behind a line is where
// it was seen (the facts in comments); the rest is assumed.
var filesErrors = map[string]Error{
	// cli-microsoft365, in 41 places
	"drive-item-not-found": {404, "itemNotFound", "The resource could not be found."},
	"site-not-found":       {404, "itemNotFound", "Requested site could not be found"},
	"site-id-malformed":    {400, "invalidRequest", "Provided identifier is malformed - site collection id is not valid"}, // likewise
	"list-not-found":       {404, "itemNotFound", "The specified list was not found"},                                     // Azure/Microsoft365R#154
	"list-name-assigned": {400, "invalidRequest", "Cannot define a 'name' for a list as it is assigned by the server. " +
		"Instead, provide 'displayName'"}, // microsoftgraph/microsoft-graph-docs#1484
	"list-name-missing":   {400, "invalidRequest", "A list needs a displayName."},
	"column-name-missing": {400, "invalidRequest", "A column needs a name or a displayName."},
	"column-protected":    {400, "invalidRequest", "The column can't be deleted: every list has it."},
	"field-invalid":       {400, "invalidRequest", "The field '{id}' can't have that value: {reason}."},
	"files-skip":          {400, "invalidRequest", "{reason}"},
	"name-invalid":        {400, "invalidRequest", "The provided name is not valid."},
	"not-a-folder":        {400, "invalidRequest", "The item is not a folder."},
	"not-a-file":          {400, "invalidRequest", "The item is not a file."},
	"folder-in-itself":    {400, "invalidRequest", "A folder can't be moved into itself."},
	"item-protected":      {403, "accessDenied", "The item can't be deleted."},

	// OneDrive/onedrive-go quirks (observed 2026): an unready destination
	"destination-not-found":  {404, "itemNotFound", "Failed to verify the existence of destination location"},
	"special-folder-unknown": {400, "invalidRequest", "The special folder identifier isn't valid"}, // likewise
	"root-copied":            {400, "invalidRequest", "The root of a drive can't be copied; send childrenOnly."},
	// pnp/cli-microsoft365, and many threads
	"field-unindexed": {400, "invalidRequest", "Field '{id}' cannot be referenced in filter or orderby as it is not indexed. " +
		"Provide the 'Prefer: HonorNonIndexedQueriesWarningMayFailRandomly' header to allow this, but be warned that such " +
		"queries may fail on large lists."},
	"field-unknown":         {400, "invalidRequest", "Field '{id}' is not recognized"},
	"role-unknown":          {400, "invalidRequest", "There is no role '{id}'."},
	"link-kind-unknown":     {400, "invalidRequest", "There are no links of the kind '{id}'."},
	"invitation-incomplete": {400, "invalidRequest", "An invitation needs recipients and roles."},
	"recipient-unknown":     {400, "invalidRequest", "The recipient '{id}' could not be found."},
	"version-is-current":    {400, "invalidRequest", "The version is the current one."},

	"item-changed": {412, "resourceModified", "The resource has changed since the caller last read it; " +
		"usually an eTag mismatch"}, // production clients depend on it
	"drive-full": {507, "quotaLimitReached", "The user has reached their quota limit."},

	// DOC driveitem-createuploadsession; onedrive-api-docs#64, #79, #1332; microsoft-graph-docs#1638
	"upload-overlap":      {416, "invalidRange", "Uploaded fragment overlaps with existing data."},
	"upload-out-of-order": {416, "invalidRange", "Uploaded fragment is out of order."},
	"upload-total": {400, "invalidRequest", "The current upload session is for {id} total bytes, " +
		"but the current fragment declares a total of {reason}."},
	"upload-length": {400, "invalidRequest", "The Content-Range header length does not match the provided number of bytes."},
	"upload-name-taken": {409, "nameAlreadyExists", "Another file exists with the same name as the uploaded session. " +
		"You can redirect the upload session to use a new filename by calling PUT with the new metadata and " +
		"@microsoft.graph.sourceUrl attribute."},
	"upload-range-invalid": {400, "invalidArgument", "The Content-Range header '{reason}' is missing or malformed: " +
		"send 'bytes FIRST-LAST/TOTAL'."}, // #65 (code); the text is assumed, as are those below
	"upload-authorization":  {401, "unauthenticated", "An upload URL takes no Authorization header."}, // DOC (status)
	"upload-not-found":      {404, "itemNotFound", "The upload session was not found"},                // DOC (status)
	"upload-incomplete":     {400, "invalidRequest", "The upload session has not received all bytes."},
	"upload-part-too-large": {400, "invalidRequest", "The fragment is larger than {reason} bytes."},
	"upload-uneven": {400, "invalidRequest", "The sizes of all fragments but the last one have to be multiples of " +
		"327680 bytes."}, // DOC: such uploads fail in the end
	// microsoftgraph/microsoft-graph-docs#5140 tells of it; the text is assumed
	"conflict-unknown":     {400, "invalidRequest", "'{id}' is none of the supported conflict behaviors: rename, fail, replace."},
	"upload-name-mismatch": {400, "invalidRequest", "The name in the body is not the one in the URL."},

	"transfer-denied":     {401, "unauthenticated", "The URL has expired, or is none that was handed out: ask for a new one."},
	"range-unsatisfiable": {416, "invalidRange", "The specified byte range is invalid or unavailable."},
	"format-unsupported":  {406, "notSupported", "The item can't be converted to the format '{type}'."}, // DOC get-content-format
	"format-unknown":      {501, "notSupported", "graphmock does not convert files to '{type}'."},
}

// innerErrors are what errors have inside of another one, by the ids of the errors.
var innerErrors = map[string]InnerError{
	"upload-overlap": {Code: "fragmentOverlap"}, "upload-out-of-order": {Code: "fragmentOutOfOrder"}, // #64, #79 (the first one)
	"upload-length": {Code: "fragmentLengthMismatch"}, "upload-part-too-large": {Code: "maxFragmentLengthExceeded"},
	"upload-uneven": {Code: "uploadSessionFailed"}, "upload-incomplete": {Code: "uploadSessionIncomplete"},
	"upload-not-found": {Code: "uploadSessionNotFound"}, "item-changed": {Code: "entityTagDoesNotMatch"},

	"connection-not-found": {"ResourceNotFound", "The requested resource does not exist."},

	"todo-list-fixed": {"ErrorInvalidRequest", "Your request can't be completed. A default task folder can't be renamed."},
	"todo-list-kept":  {"ErrorInvalidRequest", "Your request can't be completed. A default task folder can't be deleted."},
}

// An InnerError says more than the error that it is in.
type InnerError struct{ Code, Message string }

// InnerErrorOf is what the error with an id has inside; most have nothing.
func InnerErrorOf(id string) InnerError { return innerErrors[id] }
