// Package usage measures the CPU time and memory of processes.
package usage

import (
	"os"
	"runtime"
	"syscall"
)

// Usage is the usage of a process and of the child processes it waited for.
type Usage struct {
	// CPU is user and system time, in seconds.
	CPU float64 `json:"cpu"`
	// Peak is the peak memory of the process or of its largest child, in bytes.
	Peak float64 `json:"peak"`
}

// Of returns the usage of a process that has ended. Peak is zero if the operating
// system does not report it.
func Of(state *os.ProcessState) Usage {
	usage := Usage{CPU: (state.UserTime() + state.SystemTime()).Seconds()}
	if resources, ok := state.SysUsage().(*syscall.Rusage); ok {
		usage.Peak = float64(resources.Maxrss)
		// Only macOS counts bytes. The others count KiB.
		if runtime.GOOS != "darwin" {
			usage.Peak *= 1024
		}
	}

	return usage
}
