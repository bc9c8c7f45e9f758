package main

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
)

// sent are the properties that documented requests have in their bodies, as type/name.
type sent map[string]bool

// readSent reads the documented exchanges, which are a HAR file, against the model.
func readSent(m *edm.Model, data []byte) (sent, error) {
	var har struct {
		Log struct {
			Entries []struct {
				Request struct {
					URL      string
					PostData struct{ Text string }
				}
			}
		}
	}
	if err := json.Unmarshal(data, &har); err != nil {
		return nil, err
	}
	s, tree := sent{}, resource.NewTree(m)
	for _, e := range har.Log.Entries {
		var body any
		u, err := url.Parse(e.Request.URL)
		if err != nil || json.Unmarshal([]byte(e.Request.PostData.Text), &body) != nil {
			continue
		}
		path, wrong := tree.Parse(strings.TrimPrefix(u.EscapedPath(), "/v1.0"))
		switch {
		case wrong != nil:
		case path.Kind == resource.Action:
			s.addArguments(m, path.Overloads, body)
		case path.Kind == resource.Key || path.Kind == resource.Navigation:
			s.add(m, path.Type, body)
		}
	}
	return s, nil
}

// addArguments adds the properties of the arguments of an action.
func (s sent) addArguments(m *edm.Model, overloads []*edm.Operation, body any) {
	arguments, _ := body.(map[string]any)
	for name, value := range arguments {
		for _, o := range overloads {
			for i := range o.Params {
				if strings.EqualFold(o.Params[i].Name, name) {
					s.add(m, o.Params[i].Type(), value)
				}
			}
		}
	}
}

// add adds the properties of a value of a type, or of several.
func (s sent) add(m *edm.Model, t *edm.Type, value any) {
	switch value := value.(type) {
	case []any:
		for _, each := range value {
			s.add(m, t, each)
		}
	case map[string]any:
		name, _ := value["@odata.type"].(string)
		if named := m.Type(strings.TrimPrefix(name, "#")); named != nil && named.Is(t) {
			t = named
		}
		for name, inner := range value {
			p := t.Property(name)
			if p == nil {
				continue
			}
			for of := t; of != nil; of = of.Base {
				s[of.Name+"/"+name] = true
			}
			s.add(m, p.Type(), inner)
		}
	}
}
