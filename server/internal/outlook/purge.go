package outlook

import (
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A mailbox knows this many items that were deleted for good, for as long as Exchange can recover them
// [assumed: 14 days, its default].
const (
	purged     = service.Unsaved + "purged/"
	maxPurged  = 1000
	purgedLife = 14 * 24 * 60 * 60 * 1000
)

// Purging is an operation that deletes an item for good. The second time its error is another one than
// that about an item which never was (OBS allodia-eu/email-calendar-sync-engine).
func Purging(do service.Operation) service.Operation {
	return func(c *service.Call) (service.Result, error) {
		id, known := c.ID(), purged+c.Collection()
		if _, err := c.Bound(); err != nil {
			if _, was := c.Tx.Get(known, id); was {
				err = service.Fail("item-purged")
			}
			return service.Result{}, err
		}
		res, err := do(c)
		if err != nil {
			return res, err
		}
		for c.Tx.Len(known) >= maxPurged {
			oldest, _ := c.Tx.First(known)
			c.Tx.Delete(known, oldest.ID)
		}
		c.Tx.Put(known, store.Record{ID: id, JSON: []byte("{}"), Expires: c.Now.MS + purgedLife, Rank: c.Tx.Next()})
		return res, nil
	}
}
