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

// checkQuery asks the behavior of what a request is about whether it can be asked for so.
// Pages that follow another one were asked for already.
func (s *Service) checkQuery(r *Request) (res Response, wrong bool) {
	path := r.Path
	if path.Kind == resource.Count {
		path = path.Above()
	}
	kind := s.typeOf(path.Type)
	if r.Page != nil || kind == nil || kind.Kind != edm.Entity || kind.behavior.Query == nil || path.Kind == resource.Ref {
		return Response{}, false
	}
	q := &Query{Path: r.Path, Type: kind.Type, Options: r.options(), Eventual: r.Eventual, model: s.model}
	if err := kind.behavior.Query(q); err != nil {
		return Response{Error: err.Rule, Invalid: err}, true
	}
	return Response{}, false
}
