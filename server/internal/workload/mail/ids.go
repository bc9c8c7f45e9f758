package mail

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/fnv"
	"strings"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

// Ids have the form of Exchange's, decoded from recorded ones: base64url with padding of
// a store's header, the folder and, of an item, the item. Clients can't see that here all
// mailboxes have one GUID, and all folders of items one number (assumed).
//
// What lasts of an item is the GUID in its own part: it makes the immutable id, and a
// number beside it counts the moves. So an id that was left is never had again (OBS).

const (
	mailbox = "4f0c1a7e-6a52-4d0b-9c3e-2b8d5e7f9a10"

	headerSize = 4 + len(mailbox) + 3 + 4 + 16 + 2
	partSize   = 16 + 6 + 2
	folderSize = headerSize + partSize
	itemSize   = folderSize + partSize
)

// The kinds of things that have ids.
var (
	folderKind = [2]byte{0x2e, 0x01}
	itemKind   = [2]byte{0x46, 0x07}
)

var encoding = base64.URLEncoding

// header is the part of ids that tells the mailbox.
func header(kind [2]byte) []byte {
	b := append(make([]byte, 0, itemSize), 0, 3, 0x24, 0)
	b = append(b, mailbox...)
	b = append(b, 0, kind[0], 0, 0, 0, 0, 0)
	store := sha256.Sum256([]byte("store"))
	b = append(b, store[:16]...)
	return append(b, kind[1], 0)
}

// appendPart appends the part of a folder or an item.
func appendPart(b []byte, guid [16]byte, number uint64) []byte {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], number)
	b = append(append(b, guid[:]...), n[2:]...)
	return append(b, 0, 0)
}

// replica is the GUID of all folders that a mailbox has from the start.
var replica = [16]byte(hashOf("replica"))

func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:16]
}

// folderID is the id of a folder by its number.
func folderID(guid [16]byte, number uint64) string {
	return encoding.EncodeToString(appendPart(header(folderKind), guid, number))
}

// newFolderID returns the id of a new folder.
func newFolderID(r *service.Random) string { return folderID(newGUID(r), r.Uint64()>>24|1<<39) }

// itemID is the id of an item that was moved that many times.
func itemID(guid [16]byte, moves uint64) string {
	b := appendPart(header(itemKind), replica, 1)
	return encoding.EncodeToString(appendPart(b, guid, firstNumber+moves))
}

// firstNumber is the number of an item that was never moved.
const firstNumber = 1 << 32

func newItemID(r *service.Random) string { return itemID(newGUID(r), 0) }

func newGUID(r *service.Random) (guid [16]byte) {
	binary.LittleEndian.PutUint64(guid[:8], r.Uint64())
	binary.LittleEndian.PutUint64(guid[8:], r.Uint64())
	return guid
}

// partsOf returns what an item's id tells of it. An id that is none of Exchange's, as
// fixtures have, tells a GUID of its own.
func partsOf(id string) (guid [16]byte, moves uint64) {
	guid, number := outlook.PartOf(id)
	return guid, number - firstNumber
}

// movedID is the id that an item has once it is moved.
func movedID(id string) string {
	guid, moves := partsOf(id)
	return itemID(guid, moves+1)
}

// attachmentID is a new id of an attachment: the item's, and a GUID.
func attachmentID(r *service.Random) string {
	b := appendPart(appendPart(header(itemKind), replica, 1), newGUID(r), firstNumber)
	guid := newGUID(r)
	return encoding.EncodeToString(append(append(b, 1, 0x12, 0, 0x10, 0), guid[:]...))
}

// changeKey is what an item's version is called, and its tag has: 40 characters of
// standard base64 (REC).
func changeKey(id string, version uint64) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	b := append([]byte{9, 0, 0, 0, 0x16, 0, 0, 0}, replica[:]...)
	n := uint64(h.Sum32()&0xffffff)<<24 | version&0xffffff
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], n)
	return base64.StdEncoding.EncodeToString(append(b, number[2:]...))
}

// tagOf is the ETag of an item.
func tagOf(id string, version uint64) string { return `W/"` + changeKey(id, version) + `"` }

// conversationID is the id of a conversation, and index the form in which a message of it
// has it: the time and the same GUID; replies are longer (MAPI's rule).
func conversationID(guid [16]byte) string {
	b := append([]byte{0, 4, 0x24, 0}, mailbox...)
	return encoding.EncodeToString(append(append(b, 0, 0x10, 0), guid[:]...))
}

func conversationIndex(guid [16]byte, ms int64) string {
	fileTime := uint64(ms)*10_000 + 116_444_736_000_000_000
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], fileTime)
	return base64.StdEncoding.EncodeToString(append(append([]byte{1}, b[:5]...), guid[:]...))
}

// replyIndex is the index of a reply to a message that has one.
func replyIndex(index string, ms int64) string {
	b, err := base64.StdEncoding.DecodeString(index)
	if err != nil {
		return index
	}
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(ms))
	return base64.StdEncoding.EncodeToString(append(b, at[3:]...))
}

// internetMessageID is the Message-ID of a message that has none.
func internetMessageID(id string) string {
	name := strings.ToUpper(hex.EncodeToString(hashOf(outlook.ImmutableID(id))))
	return "<" + server + name + "@" + server + ".namprd13.prod.outlook.com>"
}

const server = "MWHPR1301MB2191"
