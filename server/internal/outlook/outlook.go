// Package outlook makes the ids and change keys of what is in a mailbox.
//
// Ids have the form of Exchange's, decoded from recorded ones: base64url with padding of a
// mailbox, a store and a folder and, of an item, the item. Clients can't see that here all
// mailboxes have one GUID, and all items one folder (assumed).
package outlook

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"strings"
	"time"

	"github.com/graphmock/graphmock/server/internal/service"
)

const mailbox = "4f0c1a7e-6a52-4d0b-9c3e-2b8d5e7f9a10"

// InCalendar is the index of events by the id of their calendar.
const InCalendar = "calendarId"

// DefaultCalendar is the id of the calendar that every mailbox has. Its last byte but two is that of
// recorded ones.
var DefaultCalendar = FolderID(0x010d)

const (
	headerSize = 4 + len(mailbox) + 3 + 4 + 16 + 2
	partSize   = 16 + 6 + 2
	itemSize   = headerSize + 2*partSize
)

// replica is the GUID of all that a mailbox has from the start.
var replica = [16]byte{0x5d, 0x1e, 0x8a, 0x40, 0x77, 0x3c, 0x4b, 0x52, 0x9e, 0x06, 0xc1, 0x2f, 0x8d, 0x33, 0xa4, 0x7b}

// header is the part of ids that tells the mailbox and the kind of entity.
func header(kind, class byte) []byte {
	b := append(make([]byte, 0, headerSize+2*partSize), 0, 3, 0x24, 0)
	b = append(b, mailbox...)
	b = append(b, 0, kind, 0, 0, 0, 0, 0)
	b = append(b, replica[:]...)
	return append(b, class, 0)
}

// appendPart appends the part of a folder or an item, which is a GUID and a number.
func appendPart(b []byte, guid [16]byte, number uint64) []byte {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], number)
	b = append(append(b, guid[:]...), n[2:]...)
	return append(b, 0, 0)
}

func newGUID(r *service.Random) (guid [16]byte) {
	binary.LittleEndian.PutUint64(guid[:8], r.Uint64())
	binary.LittleEndian.PutUint64(guid[8:], r.Uint64())
	return guid
}

// FolderID is the id of a folder that every mailbox has, by its number: a calendar and a
// folder of contacts are folders, too.
func FolderID(number uint64) string {
	return base64.URLEncoding.EncodeToString(appendPart(header(0x2e, 1), replica, number))
}

// IsFolder reports whether an id is that of the folder with a number, be it in a mailbox that was
// recorded: all of them have the same numbers at the end.
func IsFolder(id string, number uint16) bool {
	b, err := base64.URLEncoding.DecodeString(id)
	end := string(binary.BigEndian.AppendUint16(nil, number)) + "\x00\x00"
	return err == nil && (strings.HasSuffix(string(b), end) || strings.HasSuffix(string(b), end+"\x00")) // AAMk, AQMk
}

// NewFolderID returns the id of a new folder.
func NewFolderID(r *service.Random) string {
	return base64.URLEncoding.EncodeToString(appendPart(header(0x2e, 1), newGUID(r), 1<<32))
}

// NewItemID returns the id of a new item.
func NewItemID(r *service.Random) string {
	b := appendPart(header(0x46, 7), replica, 1)
	return base64.URLEncoding.EncodeToString(appendPart(b, newGUID(r), 1<<32))
}

// What lasts of an item is the GUID in its own part: it makes the immutable id (REC), which has 68
// characters all in all. Occurrences keep the ids that they have (assumed): they do not move.
const (
	immutableHead = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A"
	immutableSize = 68
	firstNumber   = 1 << 32
)

// PartOf returns what an item's id tells of it alone. An id that is none of Exchange's, as fixtures
// have, tells a GUID of its own.
func PartOf(id string) (guid [16]byte, number uint64) {
	b, err := base64.URLEncoding.DecodeString(id)
	if err != nil || len(b) != itemSize {
		sum := sha256.Sum256([]byte(id))
		return [16]byte(sum[:16]), firstNumber
	}
	own := b[itemSize-partSize:]
	return [16]byte(own[:16]), binary.BigEndian.Uint64(append([]byte{0, 0}, own[16:22]...))
}

// ImmutableID is the id that an item has for life. It is its own immutable id.
func ImmutableID(id string) string {
	if _, _, isOccurrence := OccurrenceOf(id); isOccurrence || IsImmutable(id) {
		return id
	}
	guid, _ := PartOf(id)
	return immutableHead + base64.RawURLEncoding.EncodeToString(appendPart(nil, guid, firstNumber))
}

// IsImmutable reports whether an id is an immutable one.
func IsImmutable(id string) bool {
	return len(id) == immutableSize && strings.HasPrefix(id, immutableHead)
}

// IsID reports whether a text has the form of an id of this mailbox.
func IsID(text string) bool {
	if _, _, isOccurrence := OccurrenceOf(text); isOccurrence || IsImmutable(text) {
		return true
	}
	b, err := base64.URLEncoding.DecodeString(text)
	return err == nil && (len(b) == headerSize+partSize || len(b) >= itemSize) && b[1] == 3 &&
		string(b[4:4+len(mailbox)]) == mailbox
}

// NotFound is the id of the error about what a mailbox does not have.
const NotFound = "mailbox-item-not-found"

// Missing is the error about an id that nothing in the mailbox has: one of another form is
// malformed, also that of another mailbox (a live check).
func Missing(_, id string) string {
	if IsID(id) {
		return NotFound
	}
	return "mailbox-id-malformed"
}

// occurrence begins the part of an id that tells the day of an occurrence: it stands in the
// place of the 0 behind the mailbox, before eight bytes of time in ticks of .NET.
const occurrence = "\x01\x51\x00\x08"

// behindMailbox is where that part begins, and behindDay where it ends.
const (
	behindMailbox = 4 + len(mailbox)
	behindDay     = behindMailbox + len(occurrence) + 8
)

// Of ticks, there are these many in a day, and before 1970.
const (
	ticksPerDay  = 24 * 60 * 60 * 10_000_000
	daysTo1970   = 719_162
	longestDayID = 4096 // bytes of ids, which clients can make up
)

// OccurrenceID is the id of the occurrence of an event on a day, in days since 1970. What is
// no item's id comes whole behind the day.
func OccurrenceID(event string, day int) string {
	b, err := base64.URLEncoding.DecodeString(event)
	rest := []byte(event)
	if isItem := err == nil && len(b) == itemSize && string(b[4:behindMailbox]) == mailbox; isItem {
		rest = b[behindMailbox+1:]
	}
	id := append(header(0x46, 7)[:behindMailbox:behindMailbox], occurrence...)
	id = binary.BigEndian.AppendUint64(id, uint64(day+daysTo1970)*ticksPerDay)
	return base64.URLEncoding.EncodeToString(append(id, rest...))
}

// OccurrenceOf returns the id of the event, and the day, of an occurrence with an id.
func OccurrenceOf(id string) (event string, day int, ok bool) {
	b, err := base64.URLEncoding.DecodeString(id)
	if err != nil || len(b) <= behindDay || len(b) > longestDayID || string(b[behindMailbox:behindDay-8]) != occurrence {
		return "", 0, false
	}
	day = int(binary.BigEndian.Uint64(b[behindDay-8:])/ticksPerDay) - daysTo1970
	rest := b[behindDay:]
	if event = string(rest); len(rest) == itemSize-behindMailbox-1 && rest[0] == 0x46 {
		event = base64.URLEncoding.EncodeToString(append(header(0x46, 7)[:behindMailbox+1], rest...))
	}
	return event, day, OccurrenceID(event, day) == id
}

// ExactTime is a time as events and tasks have it, in ticks of 100 ns (REC).
func ExactTime(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.0000000Z")
}

// ChangeKey is the name of a version of an event or a calendar: a GUID and a number in
// standard base64.
func ChangeKey(id string, version uint64) string { return changeKey(nil, id, version) }

// ContactChangeKey is the name of a version of a contact: it tells what it is of (REC).
func ContactChangeKey(id string, version uint64) string {
	return changeKey([]byte{0x11, 0, 0, 0, 0x16, 0, 0, 0}, id, version)
}

func changeKey(head []byte, id string, version uint64) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(h.Sum32()&0xffffff)<<24|version&0xffffff)
	return base64.StdEncoding.EncodeToString(append(append(head, replica[:]...), number[2:]...))
}
