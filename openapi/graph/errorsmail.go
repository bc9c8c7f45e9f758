package graph

// mailErrors are the words of Exchange. What stands behind a line is where it was seen
// (the facts in comments); statuses without one are assumed.
var mailErrors = map[string]Error{
	// cli-microsoft365, calendar-remove
	"mailbox-item-not-found": {404, "ErrorItemNotFound", "The specified object was not found in the store."},
	// allodia-eu/email-calendar-sync-engine (status and code); the text is assumed
	"item-purged": {403, "ErrorCannotDeleteObject", "The object can't be deleted."},
	// cli-microsoft365, message-move: also for the ids of others
	"mailbox-id-malformed": {400, "ErrorInvalidIdMalformed", "Id is malformed."},
	// cli-microsoft365, calendar-list
	"mailbox-user-invalid": {404, "ErrorInvalidUser", "The requested user '{id}' is invalid."},
	// allodia-eu/email-calendar-sync-engine, recorded
	"image-not-found": {404, "ImageNotFound", "Exception of type " +
		"'Microsoft.People.Image.Common.Exceptions.ImageNotFoundException' was thrown."},
	"image-id-invalid": {404, "ErrorInvalidImageId", "The image ID is not valid."},
	// documented with the code; alcionai/corso depends on it
	"mail-folder-exists": {409, "ErrorFolderExists", "A folder with the specified name already exists."},
	// texts of Exchange's response codes; the status of the first one in a public client, of the others assumed
	"mail-folder-fixed":   {400, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted."},
	"mail-folder-unmoved": {400, "ErrorMoveDistinguishedFolder", "Cannot move distinguished folder."},
	"mail-move-failed":    {400, "ErrorMoveCopyFailed", "The move or copy operation failed."},
	// a nock recording of a public repository
	"mail-conflict": {412, "ErrorIrresolvableConflict", "The send or update operation could not be performed because " +
		"the change key passed in the request does not match the current change key for the item."},
	// microsoftgraph/msgraph-sdk-dotnet#1891, msgraph-sdk-powershell#803
	"mail-no-recipients": {400, "ErrorInvalidRecipients", "At least one recipient is not valid., " +
		"A message can't be sent because it contains no recipients."},
	"mail-recipient-invalid": {400, "ErrorInvalidRecipients", "At least one recipient is not valid., " +
		"Recipient '{id}' is not resolved. All recipients must be resolved before a message can be submitted."},
	// documented
	"mail-send-as-denied": {403, "ErrorSendAsDenied", "The user account which was used to submit this request does not " +
		"have the right to send mail on behalf of the specified sending account. Cannot submit message."},
	// recorded (code); the text is assumed
	"mail-mime-invalid":  {400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."},
	"mail-name-required": {400, "ErrorInvalidArgument", "A folder has to have a displayName."},
	// production clients depend on it
	// statuses DOC, texts assumed
	"mail-comment-twice":    {400, "ErrorInvalidArgument", "Both a comment and a body were specified; specify one of them."},
	"mail-recipients-twice": {400, "ErrorInvalidArgument", "Recipients were specified both as a parameter and in the message."},
	"mail-too-many-ids":     {400, "ErrorInvalidArgument", "The number of ids exceeds the limit of 1000."},
	"mail-attachment-size":  {413, "RequestEntityTooLarge", "An attachment of 3 MB or more needs an upload session."},
	// DOC outlook-large-attachments (code); status and text assumed
	"mail-attachment-small": {400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize", "Attachment size must be greater " +
		"than the minimum size: an upload session is for files of 3 MB and more."},
	// a response code of Exchange; assumed here
	"mail-attachment-large": {400, "ErrorAttachmentSizeLimitExceeded", "The attachment exceeds the maximum supported size " +
		"of 150 MB."},
	"mail-attachment-item": {400, "ErrorInvalidArgument", "An AttachmentItem has to have the attachmentType file, a name and " +
		"a size."},

	// microsoft-graph-docs#15794 (the first one); the second one is assumed
	"todo-list-fixed": {400, "invalidRequest", "Invalid request"},
	"todo-list-kept":  {400, "invalidRequest", "Invalid request"},
	// sizes DOC todo-attachments.md; codes and texts are assumed
	"todo-attachment-info":  {400, "invalidRequest", "An attachmentInfo has to have the attachmentType file, a name and a size."},
	"todo-attachment-size":  {413, "RequestEntityTooLarge", "An attachment of 3 MB or more needs an upload session."},
	"todo-attachment-large": {400, "invalidRequest", "The attachment exceeds the maximum supported size of 25 MB."},

	// cli-microsoft365, mail-searchfolder-add; the status is assumed
	"mail-search-folder-filter": {400, "ErrorParsingFilterQuery-ParseUri", "{reason}"},
	// DOC outlookcategory.md; statuses, codes and texts are assumed
	"category-exists":        {409, "ErrorCategoryAlreadyExists", "A category with the specified name already exists."},
	"category-name-required": {400, "ErrorInvalidArgument", "A category has to have a displayName."},
	"category-name-fixed":    {400, "ErrorInvalidArgument", "The displayName of a category can't be changed."},

	"mail-inefficient": {400, "InefficientFilter", "The restriction or sort order is too complex for this operation."},
	// an Outlook server's change log of 2026 (code); the text is assumed
	"mail-filter-function": {400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes."},
	// a public client of 2026 (status); code and text are assumed
	"mail-search-invalid": {400, "BadRequest", "The $search value is invalid."},
	// observed
	"mail-search-filter": {400, "SearchWithFilter", "The query parameter '$filter' is not supported with '$search'."},
	"mail-search-order":  {400, "SearchWithOrderBy", "The query parameter '$orderBy' is not supported with '$search'."},
}
