package service

import (
	"net/http"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A TooEarly is what a request met before it could be seen: it was not found, or found as it was
// before.
type TooEarly struct {
	By    string // the request that has written it, such as POST /v1.0/groups
	Stale bool   // it was found as it was before
}

// reads is the store as requests see it.
func (s *Service) reads() store.Store {
	if s.config.Late != nil {
		return s.config.Late
	}
	return s.config.Store
}

// commit is a transaction of a request.
func (s *Service) commit(r *Request, write func(store.Tx) error) error {
	if s.config.Late == nil || !s.config.Late.On() {
		return s.config.Store.Update(r.Caller.Tenant, r.Now.MS, write)
	}
	return s.config.Late.UpdateBy(r.Caller.Tenant, r.Now.MS, r.line(), write)
}

// line is the request line, without the query.
func (r *Request) line() string {
	return r.Method + " " + strings.TrimPrefix(r.url(r.Path), r.Root.Scheme+"://"+r.Root.Host)
}

// serveEarly serves a request where some of what was written is seen late. What it names has to
// have arrived, even for a write; the response tells of what has not.
func (s *Service) serveEarly(r *Request) (res Response, ok bool) {
	if r.Method != http.MethodGet {
		if res, early := s.tooEarly(r); early {
			return res, true
		}
	}
	res, ok = s.serve(r)
	switch {
	case r.early != nil:
		res.TooEarly = r.early
	case r.Method != http.MethodGet || !ok:
	case res.Error != "":
		if missed, early := s.tooEarly(r); early && missed.Error == res.Error {
			res.TooEarly = missed.TooEarly
		}
	case !r.Path.Collection:
		res.TooEarly = s.stale(r)
	}
	return res, ok
}

// tooEarly returns the response to a request that names what is there and can't be seen yet.
func (s *Service) tooEarly(r *Request) (res Response, early bool) {
	path, err := s.missing(s.config.Late, r)
	if err == nil {
		return Response{}, false
	}
	found, really := s.missing(s.config.Store, r)
	if really != nil {
		return Response{}, false
	}
	by, _ := s.config.Late.Late(r.Caller.Tenant, path)
	if by == "" { // it was looked for by another key
		by, _ = s.config.Late.Late(r.Caller.Tenant, found)
	}
	res = failed(err)
	res.TooEarly = &TooEarly{By: by}
	return res, true
}

// missing returns the path of what a request names and a store does not have, with the error about
// it; or else the path of what it names.
func (s *Service) missing(of store.Store, r *Request) (path string, err error) {
	of.View(r.Caller.Tenant, r.Now.MS, func(reader store.Reader) error {
		if path, err = s.missingAt(reader, r, named(r.Path)); err != nil {
			return nil
		}
		for _, url := range urlsIn(r.Body) {
			to, bad := s.config.Tree.Parse(graph.CutRoot(url))
			if bad != nil || to.Node == nil || to.Collection || to.Type == nil || to.Type.Kind != edm.Entity {
				continue
			}
			if at, wrong := s.missingAt(reader, r, to); wrong != nil {
				path, err = at, wrong
				return nil
			}
		}
		return nil
	})
	return path, err
}

// named is the entity, or the collection, that a path is about.
func named(p resource.Path) resource.Path {
	if p.Node != nil && p.Kind == resource.Ref { // what the links lead from
		if p = p.Above(); p.Kind == resource.Key {
			p = p.Above()
		}
		return p.Above()
	}
	for p.Node != nil && slices.Contains([]resource.Kind{resource.Action, resource.Function, resource.Value, resource.Property,
		resource.Dynamic, resource.Count}, p.Kind) {
		p = p.Above()
	}
	return p
}

// missingAt is missing for what a path names.
func (s *Service) missingAt(reader store.Reader, r *Request, path resource.Path) (string, error) {
	if path.Node == nil || path.Kind == resource.Root {
		return "", nil
	}
	var at target
	if err := (&locator{within: reader}).locate(s, path, &r.Caller, &at); err != nil {
		return "", nil // as it is answered where all is seen
	}
	for i := range at.above {
		above := at.above[i]
		if err := (&target{place: at.place, above: at.above[i : i+1]}).check(reader); err != nil {
			return above.entityPath(), err
		}
	}
	if path.Collection || at.id == "" {
		return "", nil
	}
	return at.entityPath(), s.checkEntity(reader, &at)
}

// urlsIn are the URLs by which a body refers to entities.
func urlsIn(body map[string]any) (urls []string) {
	for name, value := range body {
		if name != odataID && !strings.HasSuffix(name, bind) {
			continue
		}
		switch value := value.(type) {
		case string:
			urls = append(urls, value)
		case []any:
			for _, each := range value {
				if url, isText := each.(string); isText {
					urls = append(urls, url)
				}
			}
		}
	}
	slices.Sort(urls)
	return urls
}

// stale tells of an entity that was found as it had been.
func (s *Service) stale(r *Request) *TooEarly {
	var at target
	if s.locateAs(r, &at) != nil || at.id == "" {
		return nil
	}
	by, _ := s.config.Late.Late(r.Caller.Tenant, at.entityPath())
	if by == "" {
		return nil
	}
	isStale := false
	s.config.Store.View(r.Caller.Tenant, r.Now.MS, func(reader store.Reader) error {
		record, found := reader.Get(at.collection, at.id)
		isStale = r.seen != 0 && (!found || record.Version != r.seen)
		return nil
	})
	if !isStale {
		return nil
	}
	return &TooEarly{By: by, Stale: true}
}

// locateAs locates the path of a request.
func (s *Service) locateAs(r *Request, t *target) error {
	return new(locator).locate(s, r.Path, &r.Caller, t)
}

// HasArrived reports whether the entity at a path can be seen by reads. If it can't, the request
// came too early.
func (c *Call) HasArrived(path string) bool {
	late := c.service.config.Late
	if late == nil {
		return true
	}
	by, isNew := late.Late(c.Caller.Tenant, path)
	if by != "" && isNew {
		c.Request.early = &TooEarly{By: by}
		return false
	}
	return true
}
