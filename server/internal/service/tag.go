package service

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Tagged is what a workload says about the tags of conditional requests, by ids of
// errors.
type Tagged struct {
	Required string // If-Match has to be sent: the error without it
	Invalid  string // the error of a tag that can't be one
	Mismatch string // the error where another tag is meant
	IsTag    func(text string) bool

	// Names reports whether a condition names a tag of an entity: of types that have several, and
	// don't show them as @odata.etag.
	Names func(condition string, r *store.Record) bool
}

// matches reports whether a condition names a tag of an entity.
func (t *entityType) matches(condition string, r *store.Record) bool {
	b := t.behavior
	if b.Tagged != nil && b.Tagged.Names != nil {
		return b.Tagged.Names(condition, r)
	}
	return b.Tag != nil && namesTag(condition, b.Tag(r))
}

// checkTag compares the tag that a request is bound to with that of the entity.
func (r *Request) checkTag(kind *entityType, record *store.Record) error {
	b := kind.behavior
	if b.Tag == nil && (b.Tagged == nil || b.Tagged.Names == nil) {
		return nil
	}
	rules := b.Tagged
	if rules == nil {
		rules = &Tagged{}
	}
	switch sent := r.IfMatch; {
	case sent == "" && rules.Required != "":
		return fail(rules.Required)
	case sent == "", sent == "*":
		return nil
	case rules.Invalid != "" && rules.IsTag != nil && !rules.IsTag(sent):
		return fail(rules.Invalid)
	case !kind.matches(sent, record):
		if rules.Mismatch != "" {
			return fail(rules.Mismatch)
		}
		return fail(graph.ErrorPreconditionFailed)
	}
	return nil
}

// namesTag reports whether a list of tags, as If-Match and If-None-Match have it, names
// one. Weak tags are as good as strong ones: all of Graph's that are bound to versions
// are weak.
func namesTag(list, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for each := range strings.SplitSeq(list, ",") {
		if strings.TrimPrefix(strings.TrimSpace(each), "W/") == tag {
			return true
		}
	}
	return false
}

const odataETag = "@odata.etag"
