// Package notify calls the receivers of change notifications: it asks them whether they want any, delivers
// notifications, and tries again later if that fails.
//
// A receiver that a handler stands for is called on the caller's goroutine, so that what is due has been delivered when
// the call returns. Receivers on sockets are called by goroutines of their own: a slow one holds nobody up. They are on
// loopback addresses, unless others are allowed. Redirects are not followed, and responses are read only so far.
//
// Time is the server's: what is due later is delivered once the clock is there.
package notify
