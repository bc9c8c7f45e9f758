// Package mail is what Exchange does with mail beyond its model: folders with well-known
// names and counts, drafts, sending, replies, moves that change ids, attachments, MIME.
//
// A mailbox has all its folders in one collection and all its messages in another one;
// what is in a folder is found by an index.
//
// Rules say in brackets where they come from: REC was recorded, OBS is a real response
// that somebody quoted, DOC is documented, CODE is what clients depend on.
package mail

import "github.com/graphmock/graphmock/server/internal/service"

// Behaviors returns those of folders, messages and attachments, and of users what their
// mailboxes add.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{folders(), searchFolders(), messages(), attachments(), users(),
		messageRules(), categories(),
		{Type: "microsoft.graph.singleValueLegacyExtendedProperty", KeyFrom: "id"},
		{Type: "microsoft.graph.multiValueLegacyExtendedProperty", KeyFrom: "id"},
	}
}

// Names of the types, and of the collections of a mailbox.
const (
	folderType = "microsoft.graph.mailFolder"

	folderSet  = "/mailFolders"
	messageSet = "/messages"
)

// parentFolder is the property that tells the folder of a folder or a message, and the
// index of what is in it.
const parentFolder = "parentFolderId"

// unread is the index of unread messages, by folder.
const unread = "unread"
