package service

import (
	"net/http"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Jobs are what a response has only promised: they are done when their time comes, by the
// server's clock. What is known of one is kept for a day after that. They are no part of a
// tenant's state.
const (
	jobs    = removedPrefix + "jobs"
	jobLife = 24 * 60 * 60 * 1000
	maxJobs = 1000 // of a tenant; the oldest one goes

	jobWaits = "waits" // the owner of one that is still to be done
)

// BeginJob lets the behavior of a type do something at a time, and returns the URL of a monitor.
func (c *Call) BeginJob(typeName string, data []byte, due int64) (monitor string) {
	for c.Tx.Len(jobs) >= maxJobs {
		oldest, _ := c.Tx.First(jobs)
		c.Tx.Delete(jobs, oldest.ID)
	}
	id := c.service.config.Random.GUID()
	c.Tx.Put(jobs, store.Record{ID: id, Type: typeName, Owner: jobWaits, JSON: data, Expires: due, Rank: c.Tx.Next()})
	if wake := c.service.config.Wake; wake != nil && c.service.watched.Load() {
		wake(due)
	}
	return c.TransferURL("/_api/v2.0/monitor/"+id, Ticket{Transfer: "monitor", Type: typeName, Path: id})
}

// Job returns what is known of a job.
func (c *Call) Job(id string) (data []byte, found bool) {
	record, found := c.Tx.Get(jobs, id)
	return record.JSON, found
}

// KeepJob keeps what is known of a job; one that is done is not done again.
func (c *Call) KeepJob(id string, data []byte, done bool) {
	record, found := c.Tx.Get(jobs, id)
	if !found {
		return
	}
	if record.JSON = data; done && record.Owner != "" {
		record.Owner, record.Expires = "", c.Now.MS+jobLife
	}
	c.Tx.Put(jobs, record)
}

// doJob does what is due.
func (s *Service) doJob(tx store.Tx, r *store.Record) {
	b := s.named[r.Type]
	if r.Owner != jobWaits || b == nil || b.Job == nil {
		return
	}
	c := &Call{Request: &Request{Method: http.MethodPost, Caller: auth.Caller{}, Now: NewTimestamp(r.Expires)}, Tx: tx, service: s}
	var noted *watchedTx
	if s.watched.Load() {
		noted = &watchedTx{Tx: tx, at: map[string]int{}}
		c.Tx = noted
	}
	kept := *r
	kept.JSON, kept.Owner, kept.Expires = b.Job(c, r.JSON), "", r.Expires+jobLife
	tx.Put(jobs, kept)
	if noted != nil {
		s.done.add(noted.all)
	}
}

// jobsDone is what jobs have changed that were done in nobody's request, until somebody asks.
type jobsDone struct {
	mu  sync.Mutex
	all []Difference
}

// maxDone bounds what is noted of jobs: what comes on top of that is forgotten.
const maxDone = 10_000

func (d *jobsDone) add(all []Difference) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, each := range all {
		if len(d.all) < maxDone && (each.Before != nil || each.After != nil) {
			d.all = append(d.all, each)
		}
	}
}

// TakeDone does the jobs of a tenant that are due by now, and returns what they have changed, with
// that of other jobs which nobody was told of yet: where somebody watches.
func (s *Service) TakeDone(tenant string, now int64) []Difference {
	if s.watched.Load() {
		s.config.Store.View(tenant, now, func(store.Reader) error { return nil })
	}
	return s.takeDone()
}

func (s *Service) takeDone() (all []Difference) {
	if !s.watched.Load() {
		return nil
	}
	s.done.mu.Lock()
	defer s.done.mu.Unlock()
	all, s.done.all = s.done.all, nil
	return all
}

// CodeOf is the code of an error that [Fail] has made, and its message.
func CodeOf(err error) (code, message string) {
	f, _ := err.(*failure)
	if f == nil {
		return "generalException", ""
	}
	e, _ := graph.ErrorOf(f.id)
	return e.Code, strings.NewReplacer(f.words...).Replace(e.Message)
}

// JSONResponse is a response with an object.
func JSONResponse(status int, body jsontext.Object) Response {
	return Response{Status: status, ContentType: contentTypeJSON, Body: jsontext.Append(nil, body)}
}

// CollectionOf is the collection that the entity with a path is in.
func CollectionOf(path string) string {
	collection, _, _ := splitPath(path)
	return collection
}

// IsName reports whether a nested entity can have a name.
func IsName(name string) bool { return isName(name) }

// ID is the id in the store that the path has of what the operation is bound to, whether it
// is there or not.
func (c *Call) ID() string { return c.at.id }

// SegmentAbove is the segment above the last one of the path that was asked for, as it was
// written.
func (c *Call) SegmentAbove() string {
	above := c.Path.Above()
	if above.Node != nil && above.Kind == resource.Dynamic {
		return above.Values[len(above.Values)-1]
	}
	return above.Name
}
