package notify

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Config is what a notifier is made of.
type Config struct {
	Handlers *Handlers        // that stand for receivers
	Remote   bool             // receivers that are not on loopback addresses are called, too
	Now      func() time.Time // the server's clock

	// After calls a function when the server's clock has moved on by itself. Nil is a clock that
	// stands still: only [Notifier.Due] tells that time has passed.
	After func(d time.Duration, f func())

	// Handshake and Delivery are how long receivers may take to confirm that they are one, and to
	// accept notifications. Zero is as with Graph: 10 s and 3 s. [DOC]
	Handshake, Delivery time.Duration

	// Sent is told of each request that was made. It may be called by several goroutines.
	Sent func(Exchange)
}

// An Exchange is a request to a receiver, and its response.
type Exchange struct {
	At           time.Time // by the server's clock
	Took         time.Duration
	URL          *url.URL
	Header       http.Header
	Body         []byte
	Status       int // 0 if there was no response
	AnswerHeader http.Header
	Answer       []byte
	Note         string // what it was for, and what became of it
}

// A Notification is for one receiver.
type Notification struct {
	URL   string
	Value jsontext.Object
	Token string // that shows who sends it, "" if it needs none

	// Missed is what another receiver is told if this one does not get it; nil if there is none.
	Missed *Notification
}

// A Notifier calls receivers. It is safe for concurrent use.
type Notifier struct {
	config Config
	ctx    context.Context
	cancel context.CancelFunc
	wait   sync.WaitGroup // for goroutines

	mu     sync.Mutex
	queues map[string]*queue // of receivers on sockets, by URL
	later  []delivery        // that are due later, in no order
	inside int               // deliveries to handlers that are under way
	resets int
	closed bool
}

// A queue is what one receiver is still to get, while a goroutine is at work on it.
type queue struct{ waiting []delivery }

// A delivery is what one request to a receiver has, or will have.
type delivery struct {
	url     string
	values  []jsontext.Object
	tokens  []any
	first   time.Time // when it was tried first
	due     time.Time
	attempt int    // how often it was tried
	resets  int    // as the notifier's, when it was made
	key     string // of a reminder
	missed  []Notification
}

// Bounds.
const (
	maxValues  = 100    // of one request; assumed
	maxInside  = 500    // deliveries to handlers that are under way at once, or within each other
	maxWaiting = 10_000 // deliveries to one receiver, and of those that are due later
	giveUp     = 4 * time.Hour
	firstRetry = 10 * time.Second // assumed, as is that the wait doubles
	maxRetry   = 10 * time.Minute
)

// New returns a notifier that has nothing to do.
func New(c Config) *Notifier {
	c.Handshake, c.Delivery = cmp.Or(c.Handshake, 10*time.Second), cmp.Or(c.Delivery, 3*time.Second)
	n := &Notifier{config: c, queues: map[string]*queue{}}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	return n
}

// Close ends all calls, and waits for them.
func (n *Notifier) Close() {
	n.Stop()
	n.wait.Wait()
}

// Stop ends all calls.
func (n *Notifier) Stop() {
	n.mu.Lock()
	n.closed, n.later = true, nil
	n.mu.Unlock()
	n.cancel()
}

// Reset forgets what was to be delivered.
func (n *Notifier) Reset() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.resets++
	n.later = nil
	for _, q := range n.queues {
		q.waiting = nil
	}
}

// What is wrong with a receiver that does not confirm.
var (
	ErrTimeout = errors.New("the receiver did not respond in time")
	ErrReach   = errors.New("the receiver can't be reached")
	ErrStatus  = errors.New("the receiver did not respond with 200")
	ErrToken   = errors.New("the receiver's response is not the token, as text/plain")
)

// Handshake asks a receiver whether it wants notifications: it has to respond with the token. The
// error is one of those above, or ErrRemote.
func (n *Notifier) Handshake(receiver, token string) error {
	u, err := url.Parse(receiver)
	if err != nil {
		return ErrStatus
	}
	query := "validationToken=" + url.QueryEscape(token)
	if u.RawQuery != "" { // which stays as it is
		query = u.RawQuery + "&" + query
	}
	u.RawQuery = query
	x, err := n.post(u, "text/plain; charset=utf-8", nil, n.config.Handshake)
	media, _, _ := mime.ParseMediaType(x.AnswerHeader.Get("Content-Type"))
	switch {
	case err != nil:
	case x.Status != http.StatusOK:
		err = ErrStatus
	case media != "text/plain" || string(x.Answer) != token:
		err = ErrToken
	}
	x.Note = "validation of a receiver of notifications: confirmed"
	if err != nil {
		x.Note = "validation of a receiver of notifications: " + err.Error()
	}
	n.config.Sent(x)
	return err
}

// post sends a request to a receiver, and reads its response.
func (n *Notifier) post(u *url.URL, media string, body []byte, within time.Duration) (x Exchange, err error) {
	ctx, cancel := context.WithTimeout(n.ctx, within) // by real time or, in a bubble, by the bubble's
	defer cancel()
	x = Exchange{At: n.config.Now(), URL: u, Body: body, Header: http.Header{"Content-Type": {media}}}
	defer func() { x.Took = n.config.Now().Sub(x.At) }()
	t, err := n.transportTo(u)
	if err != nil {
		return x, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return x, ErrStatus
	}
	req.Header = x.Header.Clone()
	res, err := t.RoundTrip(req) // which follows no redirects
	if err == nil {
		defer res.Body.Close()
		x.Status, x.AnswerHeader = res.StatusCode, res.Header
		x.Answer, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	}
	switch {
	case ctx.Err() != nil:
		x.Status, x.Answer, x.AnswerHeader = 0, nil, nil
		return x, ErrTimeout
	case errors.Is(err, ErrRemote):
		return x, ErrRemote
	case err != nil:
		return x, fmt.Errorf("%w: %w", ErrReach, err)
	}
	return x, nil
}

// Lose does as if notifications were on their way, and got lost.
func (n *Notifier) Lose(all []Notification) {
	for _, each := range all {
		if u, err := url.Parse(each.URL); err == nil {
			n.config.Sent(Exchange{At: n.config.Now(), URL: u, Header: http.Header{"Content-Type": {mediaType}},
				Body: bodyOf([]jsontext.Object{each.Value}, nil), Note: "notification: lost on its way, as a scenario wants it"})
		}
	}
	var missed []Notification
	for i := range all {
		missed = withMissed(missed, &all[i])
	}
	n.Notify(missed, 0)
}

// withMissed adds what is told of a notification that was not delivered: each receiver is told once.
func withMissed(list []Notification, of *Notification) []Notification {
	if of.Missed == nil || slices.ContainsFunc(list, func(m Notification) bool {
		return m.URL == of.Missed.URL && slices.Equal(m.Value, of.Missed.Value)
	}) {
		return list
	}
	return append(list, *of.Missed)
}

// Notify delivers notifications after a time: those for one receiver together. Without a time,
// receivers in process have theirs when it returns.
func (n *Notifier) Notify(all []Notification, after time.Duration) {
	now := n.config.Now().Add(after)
	n.mu.Lock()
	resets := n.resets
	n.mu.Unlock()
	var list []delivery
	for _, each := range all {
		i := slices.IndexFunc(list, func(d delivery) bool { return d.url == each.URL && len(d.values) < maxValues })
		if i < 0 {
			i = len(list)
			list = append(list, delivery{url: each.URL, first: now, due: now, resets: resets})
		}
		list[i].values = append(list[i].values, each.Value)
		list[i].missed = withMissed(list[i].missed, &each)
		if each.Token != "" && !slices.Contains(list[i].tokens, any(each.Token)) {
			list[i].tokens = append(list[i].tokens, each.Token)
		}
	}
	if after > 0 {
		for _, d := range list {
			n.postpone(d, after)
		}
		return
	}
	n.deliver(list)
}

// A Reminder is a notification for later, unless it is forgotten before.
type Reminder struct {
	Key string
	Due time.Time
	Notification
}

// Remind keeps reminders until they are due.
func (n *Notifier) Remind(all ...Reminder) {
	now := n.config.Now()
	for _, r := range all {
		n.mu.Lock()
		d := delivery{url: r.URL, values: []jsontext.Object{r.Value}, first: r.Due, due: r.Due, key: r.Key, resets: n.resets}
		n.mu.Unlock()
		n.postpone(d, max(0, r.Due.Sub(now)))
	}
}

// Forget drops the reminders with a key that have not been due yet.
func (n *Notifier) Forget(key string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.later = slices.DeleteFunc(n.later, func(d delivery) bool { return d.key == key && d.attempt == 0 })
}

// Due delivers what has become due.
func (n *Notifier) Due() {
	now := n.config.Now()
	n.mu.Lock()
	var due []delivery
	n.later = slices.DeleteFunc(n.later, func(d delivery) bool {
		if d.due.After(now) {
			return false
		}
		due = append(due, d)
		return true
	})
	n.mu.Unlock()
	slices.SortStableFunc(due, func(a, b delivery) int { return a.due.Compare(b.due) })
	n.deliver(due)
}

func (n *Notifier) deliver(list []delivery) {
	for _, d := range list {
		u, err := url.Parse(d.url)
		if err != nil {
			continue
		}
		if n.config.Handlers.of(u) == nil {
			n.enqueue(d)
			continue
		}
		n.deliverInside(u, d)
	}
}

// deliverInside delivers to a handler. One that answers each notification by a write, which the next
// notification is about, goes on later: it would go on without end.
func (n *Notifier) deliverInside(u *url.URL, d delivery) {
	n.mu.Lock()
	full := n.inside >= maxInside
	if !full {
		n.inside++
	}
	n.mu.Unlock()
	if full {
		d.due = n.config.Now().Add(firstRetry)
		n.postpone(d, firstRetry)
		return
	}
	defer func() {
		n.mu.Lock()
		n.inside--
		n.mu.Unlock()
	}()
	n.attempt(u, d)
}

// enqueue gives a delivery to the goroutine that is at work for its receiver, or to a new one.
func (n *Notifier) enqueue(d delivery) {
	n.mu.Lock()
	defer n.mu.Unlock()
	q, working := n.queues[d.url]
	switch {
	case n.closed || d.resets != n.resets || working && len(q.waiting) >= maxWaiting:
		return
	case working:
		q.waiting = append(q.waiting, d)
		return
	}
	q = &queue{waiting: []delivery{d}}
	n.queues[d.url] = q
	n.wait.Go(func() { n.work(d.url, q) })
}

// work delivers what a receiver is to get, until there is no more. What came in the meantime goes
// together.
func (n *Notifier) work(receiver string, q *queue) {
	u, _ := url.Parse(receiver)
	for {
		n.mu.Lock()
		if len(q.waiting) == 0 || n.closed {
			delete(n.queues, receiver)
			n.mu.Unlock()
			return
		}
		d := q.waiting[0]
		taken := 1
		for taken < len(q.waiting) && d.attempt == 0 && q.waiting[taken].attempt == 0 &&
			len(d.values)+len(q.waiting[taken].values) <= maxValues {
			d.values = append(slices.Clip(d.values), q.waiting[taken].values...)
			d.tokens = append(slices.Clip(d.tokens), q.waiting[taken].tokens...)
			d.missed = append(slices.Clip(d.missed), q.waiting[taken].missed...)
			taken++
		}
		q.waiting = q.waiting[taken:]
		n.mu.Unlock()
		n.attempt(u, d)
	}
}

// attempt makes a delivery, or sees to it that it is tried again.
func (n *Notifier) attempt(u *url.URL, d delivery) {
	x, err := n.post(u, mediaType, bodyOf(d.values, d.tokens), n.config.Delivery)
	switch d.attempt++; {
	case err == nil && x.Status/100 == 2:
		x.Note = "notification: delivered"
	case err == nil:
		x.Note = "notification: the receiver did not respond with 2xx"
	default:
		x.Note = "notification: " + err.Error()
	}
	if !strings.HasSuffix(x.Note, "delivered") {
		x.Note += n.retry(d)
	}
	n.config.Sent(x)
}

const mediaType = "application/json; charset=utf-8"

// bodyOf is what a request with notifications has.
func bodyOf(values []jsontext.Object, tokens []any) []byte {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	body := jsontext.Object{{Name: "value", Value: list}}
	if len(tokens) > 0 {
		body.Set("validationTokens", tokens)
	}
	return jsontext.Append(nil, body)
}

// retry lets a delivery be tried again, and says when.
func (n *Notifier) retry(d delivery) string {
	wait := maxRetry
	if d.attempt < 7 {
		wait = min(maxRetry, firstRetry<<(d.attempt-1))
	}
	d.due = n.config.Now().Add(wait)
	if d.due.Sub(d.first) > giveUp {
		n.Notify(d.missed, 0)
		return "; it is not tried again"
	}
	n.postpone(d, wait)
	return "; tried again in " + wait.String()
}

func (n *Notifier) postpone(d delivery, wait time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed || d.resets != n.resets || len(n.later) >= maxWaiting {
		return
	}
	n.later = append(n.later, d)
	if n.config.After != nil {
		n.config.After(wait, func() { n.run(n.Due) })
	}
}

// Later calls a function when the server's clock has moved on by itself, unless the notifier is closed by then.
func (n *Notifier) Later(wait time.Duration, f func()) {
	if n.config.After != nil {
		n.config.After(wait, func() { n.run(f) })
	}
}

// run calls a function on a timer's goroutine.
func (n *Notifier) run(f func()) {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return
	}
	n.wait.Add(1)
	n.mu.Unlock()
	defer n.wait.Done()
	f()
}
