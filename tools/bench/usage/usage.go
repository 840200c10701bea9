// Package usage tells what a process took.
package usage

import (
	"os"
	"runtime"
	"syscall"
)

// Usage is what a process took, with the processes below it that it waited for.
type Usage struct {
	// CPU is user and system time, in seconds.
	CPU float64 `json:"cpu"`
	// Peak is the most memory at once of the process or of the largest below
	// it, in bytes.
	Peak float64 `json:"peak"`
}

// Of returns what a process took that has ended. Peak is zero where the system
// does not say.
func Of(state *os.ProcessState) Usage {
	usage := Usage{CPU: (state.UserTime() + state.SystemTime()).Seconds()}
	if resources, ok := state.SysUsage().(*syscall.Rusage); ok {
		usage.Peak = float64(resources.Maxrss)
		// All but Darwin count in KiB.
		if runtime.GOOS != "darwin" {
			usage.Peak *= 1024
		}
	}

	return usage
}
