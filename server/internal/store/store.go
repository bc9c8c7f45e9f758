// Package store holds what tenants have: records in collections, links between them, and media.
//
// It knows no types. A collection has a canonical path, such as "users/48d3/activities"; a record has an id in its
// collection, and its path is that of the collection, a slash and the id. A collection below a record has a longer
// path, such as "users/48d3/activities/1388/historyItems". Ids have no slash: callers escape them. A collection is
// there while it has records; whether there is a record above it is the caller's business, but when a record is
// deleted, all that is below it goes too.
//
// Times are milliseconds since 1970 in UTC.
package store

// A Store has the data of tenants, which know nothing of each other. It is safe for concurrent use.
//
// A transaction sees what was there when it began and what it wrote itself, and nothing that others write meanwhile.
// Before it begins, all that has expired by now is removed. The function that is given to View or Update must not
// call the store, and must not use its Reader or Tx once it has returned.
type Store interface {
	// View calls read with what a tenant has, and returns its error. A tenant that was never written to has nothing.
	View(tenant string, now int64, read func(Reader) error) error

	// Update calls write, and returns its error. Either all that it wrote is kept or, after an error or a panic,
	// nothing. It may call write more than once: all but the last time, what it wrote was undone.
	Update(tenant string, now int64, write func(Tx) error) error

	// Changes returns a number that is another one after each transaction that wrote anything.
	Changes() uint64

	// Tenants returns the names of the tenants that have been written to, sorted.
	Tenants() []string

	// Drop removes a tenant with all that it has.
	Drop(tenant string)
}

// A Record is an entity in a collection. The store shares Index and JSON with its callers, who must not change them.
type Record struct {
	ID      string // unique in its collection, not empty
	Type    string // the caller's to set and to read, as is Owner
	Owner   string
	Version uint64 // 1 when the record is created, one more at each Put that replaces it; set by the store

	Created, Modified int64 // the caller's to set and to read

	Expires int64   // from then on it is gone; never if it is 0
	Rank    int64   // its place in the order of the collection: lowest first, equal ones by ID
	Index   []Index // other orders that it has a place in
	JSON    []byte
}

// An Index gives a record a place in an order of its collection besides the first: by Value, then Rank, then ID.
// A record has one place at most for each Name and Value. Whether values are unique is the caller's business.
type Index struct {
	Name, Value string
	Rank        int64
}

// A Reader reads what a tenant has, within a transaction.
type Reader interface {
	// Get returns a record.
	Get(collection, id string) (r Record, found bool)

	// First returns the first record of a collection.
	First(collection string) (r Record, found bool)

	// Find returns the first record with that value in that index.
	Find(collection, index, value string) (r Record, found bool)

	// Len returns the number of records in a collection.
	Len(collection string) int

	// Snapshot returns a collection in its own order.
	Snapshot(collection string) Snapshot

	// SnapshotIndex returns what has that value in that index of a collection, by Rank, then ID.
	SnapshotIndex(collection, index, value string) Snapshot

	// Collections returns the paths of the collections whose path begins with prefix, sorted: those with records, and
	// those that others are linked to.
	Collections(prefix string) []string

	// Linked reports whether a collection has a link to the record with the path target.
	Linked(collection, target string) bool

	// Links returns the links of a collection, by target.
	Links(collection string) LinkSnapshot

	// Referrers returns the paths of the collections that have a link to the record with the path target, sorted.
	Referrers(target string) []string

	// Media returns the bytes at a path, which must not be changed.
	Media(path string) (data []byte, found bool)

	// MediaPaths returns the paths that begin with prefix and have media, sorted.
	MediaPaths(prefix string) []string
}

// A Tx reads and writes what a tenant has, within a transaction. One that stands for another has a method Unwrap() Tx.
type Tx interface {
	Reader

	// Put creates a record or replaces the one with its ID, and returns it with its Version.
	Put(collection string, r Record) Record

	// Reindex replaces the indexes of a record, if it is there. Its Version stays.
	Reindex(collection, id string, index []Index)

	// Delete removes a record and all that is below it: collections, links and media, those at its own path too. Links
	// to what is removed go as well. It reports whether the record was there; if not, nothing is removed.
	Delete(collection, id string) bool

	// Link links the record with the path target to a collection, such as "users/2" to "groups/1/members". It reports
	// whether that was done: not if there is no such record, or if it is linked already.
	Link(collection, target string) bool

	// Unlink removes a link, and reports whether it was there.
	Unlink(collection, target string) bool

	// PutMedia sets the bytes at a path: that of a record, or one below. They must not be changed afterwards. It fails
	// if the tenant would have more media than Options.MaxMedia.
	PutMedia(path string, data []byte) error

	// DeleteMedia removes the bytes at a path, and reports whether there were any.
	DeleteMedia(path string) bool

	// Next returns a number that is greater than all that it returned before for this tenant, from 1: for ranks of
	// records that come one after the other.
	Next() int64

	// Clear removes all that the tenant has.
	Clear()
}

// A Snapshot is the order that records had when it was made. It is small and takes no time to make. It may be kept
// and used in later transactions of the same tenant: whatever is written meanwhile, no record comes twice, and none
// that stays is left out. Records are shown as they are when they are asked for, without those that are gone.
type Snapshot interface {
	// Within returns the part with ranks from lowest to highest, both included. What is outside costs nothing.
	Within(lowest, highest int64) Snapshot

	// Len returns the number of records that it had when it was made.
	Len() int

	// Page returns the next n records, one at least, or fewer if some are gone. If there is more, it comes after the
	// cursor next.
	Page(r Reader, after Cursor, n int) (page []Record, next Cursor, more bool)
}

// A LinkSnapshot is to the links of a collection what a Snapshot is to records.
type LinkSnapshot interface {
	// Len returns the number of links that it had when it was made.
	Len() int

	// Page returns the next n targets, one at least, or fewer if some are gone. If there is more, it comes after the
	// cursor next.
	Page(r Reader, after Cursor, n int) (targets []string, next Cursor, more bool)
}

// A Cursor is a place in a snapshot: after what has that rank and id. The zero value is the beginning. It is plain
// data, for a token to carry.
type Cursor struct {
	Rank int64  `json:"r,omitempty"`
	ID   string `json:"i,omitempty"` // of links, the target
}

// Options are what a store is made with. The zero value is ready.
type Options struct {
	// Expired is called for each record that has expired, by the time and then the path, once it is removed. It is not
	// called for what was below one. It may write; of what it writes, what has expired already expires at once.
	Expired func(tx Tx, collection string, r Record)

	// MaxMedia bounds the bytes of media of each tenant. 0 stands for 256 MiB.
	MaxMedia int64
}
