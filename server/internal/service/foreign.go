package service

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// Several versions of Graph's model may be served from one store, as Graph itself does.
// What a version does not have it does not show: a property that only beta has is not
// there in v1.0, and an entity of a type that only beta has is of the type that it derives
// from (versioning-and-support.md of the Graph documentation; assumed in its details).

// typeNamed returns a type by its name, or the nearest one of those that it derives from by
// the other version of the model; nil if there is none.
func (s *Service) typeNamed(name string) *entityType {
	t := s.model.Type(name)
	if t == nil && s.beside != nil {
		for other := s.beside.model.Type(name); other != nil && t == nil; other = other.Base {
			t = s.model.Type(other.Name)
		}
	}
	return s.typeOf(t)
}

// withoutForeign takes out of a value what its type does not have.
func withoutForeign(t *edm.Type, value any) {
	switch value := value.(type) {
	case []any:
		for _, each := range value {
			withoutForeign(t, each)
		}
	case map[string]any:
		if name, _ := value["@odata.type"].(string); name != "" && t.Kind == edm.Complex || t.Open {
			return // it may be of a type that derives from this one
		}
		for name, each := range value {
			if strings.Contains(name, "@") {
				continue
			}
			p := t.Property(name)
			if p == nil {
				delete(value, name)
			} else if of := p.Type(); of.Kind == edm.Complex {
				withoutForeign(of, each)
			}
		}
	}
}
