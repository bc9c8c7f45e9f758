// Package certs is the certificate authority of a sandbox, and the certificates that
// it shows to clients.
//
// The authority is worth little to a thief: its certificate says that it speaks for
// this machine and for the hosts of the service only, and clients refuse what it
// signs for others. Its key lies in a file that nobody else may read, or in memory.
package certs
