// Package graph is what is Microsoft Graph's own and no OpenAPI document says: its
// hosts and versions, its model, the permissions that it asks for, its errors in its own
// words, and headers of its responses.
package graph
