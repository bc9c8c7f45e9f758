// Package csdl reads and writes $metadata: the model of a service as CSDL XML.
package csdl
