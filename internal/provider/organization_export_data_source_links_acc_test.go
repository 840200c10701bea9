package provider

import (
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// What keeps a signed link out of the state.
func TestAccIncludeLinks_state(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		argument string
		stored   bool
	}{
		"by default": {"", true},
		"true":       {"include_links = true", true},
		"false":      {"include_links = false", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, _ := overLoopback(t, rebillytest.NewFor(t))
			configuration := strings.Replace(readExport(exportID), "\n}", "\n  "+test.argument+"\n}", 1)
			terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + configuration})
			terraform.mustRun("apply", "-no-color", "-auto-approve")
			state := terraform.state()
			if stored := strings.Contains(state, rebillytest.SignedLinkSecret); stored != test.stored {
				t.Errorf("the signed link is in state: %t", stored)
			}
			if null := strings.Contains(state, `"links":null`); null == test.stored {
				t.Errorf("links is null: %t", null)
			}
			if !strings.Contains(state, `"file_id":"file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"`) {
				t.Errorf("the state is %s", state)
			}
		})
	}
}
