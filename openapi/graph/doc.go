// Package graph holds what is Microsoft Graph's own.
package graph
