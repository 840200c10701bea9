package provider

import (
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// Terraform writes everything at a level that is none, such as JSON. So must the
// libraries.
func TestAccLogs_otherLevels(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"JSON", "1"} {
		address, _ := overLoopback(t, rebillytest.NewFor(t))
		terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + readExport(exportID)}, "TF_LOG="+level, "TF_LOG_PATH=trace.log")
		terraform.mustRun("plan", "-no-color")
		log := terraform.file("trace.log")
		for what, line := range map[string]string{"the client's": "Rebilly API request", "the libraries'": "Received request"} {
			if !strings.Contains(log, line) {
				t.Errorf("TF_LOG=%s: the log lacks %s lines", level, what)
			}
		}
	}
}
