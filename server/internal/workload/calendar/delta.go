package calendar

import (
	"maps"
	"slices"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// inOccurrence is what a delta has of an occurrence (REC).
var inOccurrence = []string{"id", "seriesMasterId", "type", "start", "end"}

// inDelta is an event as a delta has it: without the links to its calendar (REC).
func inDelta(record *store.Record) []byte {
	e := service.Decode(record)
	if e["type"] == "occurrence" {
		maps.DeleteFunc(e, func(name string, _ any) bool { return !slices.Contains(inOccurrence, name) })
	}
	delete(e, associationLink)
	delete(e, navigationLink)
	return jsontext.Append(nil, e)
}

// bySchedule is the index of series by when they take place. As it changes with that, what
// remains of a series in a delta tells which occurrences it had.
const bySchedule = "schedule"

// scheduled are the properties that tell when a series takes place.
var scheduled = []string{"start", "end", "isAllDay", "recurrence", cancelledOccurrences}

func scheduleIn(w *service.Write) string {
	schedule := map[string]any{}
	for _, name := range scheduled {
		schedule[name] = w.Property(name)
	}
	return string(jsontext.Append(nil, schedule))
}

// changesOf are the events of a window that have changed, and what is not in it any more. With
// a series, all its occurrences come again.
func changesOf(v *service.View, w window, all *shown) (service.Rows, error) {
	told, room := map[string]bool{}, true
	gone := map[string]bool{}
	v.Changed(func(record *store.Record, isGone bool) {
		if !room || !v.Slice.Has(record) {
			return
		}
		if isGone {
			for _, id := range goneIn(v.Reader, w, record, v.Collection) {
				gone[id] = true
			}
			room = len(gone) <= maxShown
			return
		}
		before := len(all.all)
		if isSeries(record) {
			room = all.add(v.Reader, w, record)
		} else if start, end := timesOf(record); w.overlaps(start, end) {
			all.all = append(all.all, event{start: start.UnixMilli(), id: record.ID, of: -1})
		}
		isException := isOccurrence(service.KeyOf(record.ID))
		if len(all.all) == before && (isException || !v.IsNew(record)) {
			gone[record.ID] = true
		}
	})
	for i := range all.all {
		told[all.idOf(&all.all[i])] = true
	}
	all.sort()
	for _, id := range slices.Sorted(maps.Keys(gone)) {
		if told[id] {
			continue
		}
		if e, is := all.again(v.Reader, w, id); is {
			all.all = append(all.all, e)
			continue
		}
		all.all = append(all.all, event{id: id, of: -1, gone: true})
	}
	if !room || len(all.all) > 2*maxShown {
		return nil, service.Fail("view-too-many")
	}
	return all, nil
}

func isSeries(record *store.Record) bool {
	return slices.ContainsFunc(record.Index, func(i store.Index) bool { return i.Name == bySchedule })
}

// idOf is the id in the store that a row has.
func (s *shown) idOf(e *event) string {
	if e.id != "" {
		return e.id
	}
	return service.IDOf(outlook.OccurrenceID(service.KeyOf(s.masters[e.of].record.ID), int(e.day)))
}

// goneIn are the ids of what a client may have known of an event that remains: of a series,
// also its occurrences.
func goneIn(r store.Reader, w window, remains *store.Record, collection string) []string {
	ids := []string{remains.ID}
	for _, i := range remains.Index {
		if i.Name != bySchedule {
			continue
		}
		v, err := jsontext.Decode([]byte(i.Value))
		schedule, _ := v.(map[string]any)
		if err != nil {
			continue
		}
		key := service.KeyOf(remains.ID)
		s, ok := seriesOf(r, collection, "", schedule) // with what are exceptions by now
		if !ok {
			continue
		}
		s.within(w, func(d day, _ time.Time) bool {
			ids = append(ids, service.IDOf(outlook.OccurrenceID(key, int(d))))
			return len(ids) <= maxShown
		})
	}
	return ids
}

// again is the row of what seemed gone and is there: what remains was of an earlier state.
func (s *shown) again(r store.Reader, w window, id string) (e event, is bool) {
	key, d, isOccurrence := occurrenceOf(service.KeyOf(id))
	if record, found := r.Get(s.collection, id); found {
		start, end := timesOf(&record)
		if isSeries(&record) { // it was told of, or is out of the window
			return e, false
		}
		return event{start: start.UnixMilli(), id: id, of: -1}, w.overlaps(start, end)
	}
	record, found := r.Get(s.collection, service.IDOf(key))
	if !isOccurrence || !found {
		return e, false
	}
	m := master{record: record, properties: service.Decode(&record)}
	ok := false
	if m.series, ok = seriesOf(r, s.collection, key, m.properties); !ok || m.series.off[d] || !m.series.Has(d) {
		return e, false
	}
	start, end := m.series.at(d)
	s.masters = append(s.masters, m)
	return event{start: start.UnixMilli(), of: len(s.masters) - 1, day: d}, w.overlaps(start, end)
}
