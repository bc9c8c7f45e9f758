package scenarios

// A Fault is a way in which a response goes wrong on the wire.
type Fault string

// The faults. All except truncate and drip need no response; if there is one, it is not
// sent.
const (
	NoFault       Fault = ""
	FaultReset    Fault = "reset"    // the connection is reset: the client gets a TCP RST
	FaultEmpty    Fault = "empty"    // the connection is closed without a response
	FaultTruncate Fault = "truncate" // the body ends before its announced length
	FaultGarbage  Fault = "garbage"  // bytes that are not HTTP
	FaultDrip     Fault = "drip"     // the response comes slowly, a few bytes at a time
	FaultHang     Fault = "hang"     // no response until the client gives up
)

var faults = []Fault{FaultReset, FaultEmpty, FaultTruncate, FaultGarbage, FaultDrip, FaultHang}

// needsResponse reports whether the fault is injected into a response rather than sent
// in place of one.
func (f Fault) needsResponse() bool { return f == FaultTruncate || f == FaultDrip }
