package service

import (
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/odata"
)

// A Query is how a client asks for entities.
type Query struct {
	Path     resource.Path // that was asked for
	Type     *edm.Type     // of the entities
	Options  *odata.Options
	Eventual bool // the client takes what is seen late: ConsistencyLevel: eventual

	model *edm.Model
}

// IsCount reports whether only the number of entities is asked for: /users/$count.
func (q *Query) IsCount() bool { return q.Path.Kind == resource.Count }

// Declares reports whether a type or one that derives from it has a property.
func (q *Query) Declares(t *edm.Type, name string) bool {
	if t.Property(name) != nil {
		return true
	}
	for _, derived := range q.model.Derived(t) {
		if derived.Property(name) != nil {
			return true
		}
	}
	return false
}

// IsDelta reports whether what has changed is asked for.
func (q *Query) IsDelta() bool { return isDelta(q.Path) }

const noDelta = "delta-unsupported"

// Untracked is the error about a collection of which no changes can be asked for, although the
// model has the function. [OBS microsoftgraph/msgraph-metadata#607]
func (q *Query) Untracked() *odata.Error {
	return &odata.Error{Option: deltaFunction, Rule: noDelta,
		Message: "Unsupported request: Change tracking is not supported against '" + q.Type.Name + "'."}
}

// checkQuery holds how a request asks against what its behavior says. Pages that follow
// another one were asked for already.
func (s *Service) checkQuery(r *Request) (res Response, wrong bool) {
	if r.Page != nil {
		return Response{}, false
	}
	if err := s.CheckQuery(r.Path, r.options(), r.Eventual); err != nil {
		return Response{Error: err.Rule, Invalid: err}, true
	}
	path := r.Path
	if path.Kind == resource.Count {
		path = path.Above()
	}
	if t := s.typeOf(path.Type); r.Query != nil && t != nil {
		if err := s.checkSearch(t, r.Query); err != nil {
			return failed(err), true
		}
	}
	return Response{}, false
}

// CheckQuery asks the behavior of what a GET is about whether it can be asked for so, with
// ConsistencyLevel: eventual or without. What there is does not matter. It may change the
// options.
func (s *Service) CheckQuery(asked resource.Path, o *odata.Options, eventual bool) *odata.Error {
	path := asked
	if path.Kind == resource.Count {
		path = path.Above()
	}
	kind := s.typeOf(path.Type)
	if kind == nil || kind.Kind != edm.Entity || kind.behavior.Query == nil || path.Kind == resource.Ref {
		return nil
	}
	return kind.behavior.Query(&Query{Path: asked, Type: kind.Type, Options: o, Eventual: eventual, model: s.model})
}
