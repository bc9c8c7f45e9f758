package calendar

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

// How meetings are suggested where the documentation does not say.
const (
	step            = 30 * time.Minute // between the beginnings of suggestions
	usualLength     = 30 * time.Minute // DOC
	usualSearch     = 7 * 24 * time.Hour
	mostSuggested   = 100
	usualSuggested  = 20
	usualPercentage = 50 // DOC
	mostAttendees   = 100
	unknownChance   = 49 // DOC findmeetingtimes: of somebody whose calendar is not known
)

// A participant of a meeting that is looked for.
type participant struct {
	sent  map[string]any // as the client has it
	known bool
	busy  []busyTime
	hours map[string]any
}

// does is what somebody does in a window: what is in the way most.
func (p *participant) does(w window) string {
	most := "free"
	i, _ := slices.BinarySearchFunc(p.busy, w.to, func(b busyTime, t time.Time) int { return b.start.Compare(t) })
	for _, b := range p.busy[:i] {
		if w.overlaps(b.start, b.end) && (digits[b.showAs] > digits[most] || b.showAs == "workingElsewhere" && most == "free") {
			most = b.showAs
		}
	}
	return most
}

func isFree(status string) bool { return digits[status] == 0 }

type suggestion struct {
	window
	confidence float64
	organizer  string
	attendees  []string
}

// findMeetingTimes suggests times at which the organizer is free and enough of the others are:
// likelier ones first, then earlier ones (DOC meetingtimesuggestion).
func findMeetingTimes(c *service.Call) (service.Result, error) {
	if err := checkPreferred(&c.Preferences); err != nil {
		return service.Result{}, err
	}
	s, err := newSearch(c)
	if err != nil {
		return service.Result{}, err
	}
	found := s.suggestions()
	reason := ""
	if len(found) == 0 {
		reason = s.reason()
	}
	found = found[:min(len(found), s.most)]
	all := []any{}
	for i := range found {
		all = append(all, s.shown(c, i, &found[i]))
	}
	return service.Result{Value: map[string]any{"emptySuggestionsReason": reason, "meetingTimeSuggestions": all}}, nil
}

// A search for the time of a meeting.
type search struct {
	slots     []window
	length    time.Duration
	most      int
	least     float64 // the confidence of suggestions
	anyTime   bool    // the meeting may be at times at which people do not work
	optional  bool    // the organizer need not come
	noPlace   bool    // a place is required, and none is known
	reasons   bool
	organizer participant
	attendees []participant

	wasFree bool // the organizer was, at some time
}

func newSearch(c *service.Call) (*search, error) {
	s := &search{length: usualLength, most: usualSuggested, least: usualPercentage}
	s.optional = c.Parameter("isOrganizerOptional") == true
	s.reasons = c.Parameter("returnSuggestionReasons") == true
	if text := c.Text("meetingDuration"); text != "" {
		length, ok := parseDuration(text)
		if !ok || length <= 0 || length > 24*time.Hour {
			return nil, service.Fail("schedule-parameter", "{property}", "meetingDuration")
		}
		s.length = length
	}
	if n := outlook.IntOf(c.Parameter("maxCandidates")); n > 0 {
		s.most = min(n, mostSuggested)
	}
	if n, is := c.Parameter("minimumAttendeePercentage").(json.Number); is {
		s.least, _ = n.Float64()
	}
	place, _ := c.Parameter("locationConstraint").(map[string]any)
	places, _ := place["locations"].([]any)
	s.noPlace = place["isRequired"] == true && len(places) == 0
	if err := s.setSlots(c); err != nil {
		return nil, err
	}
	return s, s.setParticipants(c)
}

func (s *search) setSlots(c *service.Call) error {
	constraint, _ := c.Parameter("timeConstraint").(map[string]any)
	domain := textOf(constraint["activityDomain"])
	s.anyTime = domain == "personal" || domain == "unrestricted"
	slots, _ := constraint["timeSlots"].([]any)
	if len(slots) == 0 { // assumed
		now := time.UnixMilli(c.Now.MS).UTC()
		s.slots = []window{{now, now.Add(usualSearch)}}
		return nil
	}
	all := time.Duration(0)
	for _, each := range slots {
		slot, _ := each.(map[string]any)
		w, err := searched(slot["start"], slot["end"])
		if err != nil {
			return err
		}
		if all += w.to.Sub(w.from); all > longestSearch {
			return service.Fail("schedule-too-long")
		}
		s.slots = append(s.slots, w)
	}
	return nil
}

func (s *search) setParticipants(c *service.Call) error {
	if _, err := c.Bound(); err != nil {
		return err
	}
	sent, _ := c.Parameter("attendees").([]any)
	if len(sent) > mostAttendees {
		return service.Fail("schedule-too-many")
	}
	if err := s.organizer.read(c, c.Owner(), s.slots); err != nil {
		return err
	}
	for _, each := range sent {
		p := participant{}
		p.sent, _ = each.(map[string]any)
		mailbox := outlook.MailboxOf(c, addressIn(each))
		if mailbox == c.Owner() {
			continue
		}
		if mailbox != "" {
			if err := p.read(c, mailbox, s.slots); err != nil {
				return err
			}
		}
		s.attendees = append(s.attendees, p)
	}
	return nil
}

// read reads when the owner of a mailbox is busy.
func (p *participant) read(c *service.Call, mailbox string, slots []window) error {
	p.known, p.hours = true, workingHoursOf(c, mailbox)
	for _, w := range slots {
		busy, err := busyTimes(c, mailbox, w)
		if err != nil {
			return err
		}
		p.busy = append(p.busy, busy...)
	}
	slices.SortStableFunc(p.busy, func(a, b busyTime) int { return a.start.Compare(b.start) })
	return nil
}

func (s *search) suggestions() (all []suggestion) {
	if s.noPlace {
		return nil
	}
	for _, slot := range s.slots {
		start := slot.from.UTC().Truncate(step)
		if start.Before(slot.from) {
			start = start.Add(step)
		}
		for ; !start.Add(s.length).After(slot.to); start = start.Add(step) {
			if each, ok := s.suggest(window{start, start.Add(s.length)}); ok {
				all = append(all, each)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b suggestion) int {
		return cmp.Or(cmp.Compare(b.confidence, a.confidence), a.from.Compare(b.from))
	})
	return slices.CompactFunc(all, func(a, b suggestion) bool { return a.from.Equal(b.from) })
}

// suggest rates a time: as likely as the average of the attendees is to come (DOC
// findmeetingtimes).
func (s *search) suggest(w window) (each suggestion, ok bool) {
	each = suggestion{window: w, confidence: 100, organizer: s.organizer.does(w)}
	works := s.anyTime || worksIn(s.organizer.hours, w)
	if !s.optional && (!isFree(each.organizer) || !works) {
		return each, false
	}
	s.wasFree = true
	sum := 0.0
	for i := range s.attendees {
		a := &s.attendees[i]
		switch does := a.does(w); {
		case !a.known:
			each.attendees = append(each.attendees, "unknown")
			sum += unknownChance
		case !s.anyTime && !worksIn(a.hours, w):
			return each, false
		default:
			each.attendees = append(each.attendees, does)
			if isFree(does) {
				sum += 100
			}
		}
	}
	if len(s.attendees) > 0 {
		each.confidence = sum / float64(len(s.attendees))
	}
	return each, each.confidence >= s.least
}

// reason says why nothing is suggested (DOC meetingtimesuggestionsresult).
func (s *search) reason() string {
	unknown := slices.ContainsFunc(s.attendees, func(p participant) bool { return !p.known })
	switch {
	case s.noPlace:
		return "locationsUnavailable"
	case !slices.ContainsFunc(s.slots, func(w window) bool { return w.to.Sub(w.from) >= s.length }):
		return "unknown"
	case !s.wasFree:
		return "organizerUnavailable"
	case unknown:
		return "attendeesUnavailableOrUnknown"
	}
	return "attendeesUnavailable"
}

func (s *search) shown(c *service.Call, i int, each *suggestion) map[string]any {
	attendees := []any{}
	allFree := true
	for i, does := range each.attendees {
		attendees = append(attendees, map[string]any{"availability": does, "attendee": s.attendees[i].sent})
		allFree = allFree && isFree(does) && does != "unknown"
	}
	shown := map[string]any{
		"confidence": json.Number(strconv.FormatFloat(math.Round(each.confidence*10)/10, 'f', 1, 64)),
		"order":      json.Number(strconv.Itoa(i + 1)), "organizerAvailability": each.organizer,
		"meetingTimeSlot":      map[string]any{"start": preferred(&c.Preferences, each.from), "end": preferred(&c.Preferences, each.to)},
		"attendeeAvailability": attendees, "locations": []any{}, "suggestionReason": nil,
	}
	if s.reasons && allFree {
		shown["suggestionReason"] = "Suggested because it is one of the nearest times when all attendees are available."
	} else if s.reasons {
		shown["suggestionReason"] = "Suggested because it is one of the nearest times when most attendees are available."
	}
	return shown
}
