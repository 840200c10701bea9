package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// queryExports is a query for the completed exports of an organization.
const queryExports = `
list "rebilly_organization_export" "test" {
  provider         = rebilly
  include_resource = true

  config {
    organization_id = "org_eu"
    filter          = "status:completed"
    sort            = ["-createdTime"]
  }
}
`

func TestAccQuery_results(t *testing.T) {
	t.Parallel()
	skipUnlessUnderstood(t, queryExports)
	address, opts := overTLS(t, several(t))
	newest := queryfilter.ByDisplayName(knownvalue.StringExact("2026-03-17T09:26:53Z completed"))
	const query = "rebilly_organization_export.test"
	resource.Test(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			// The query needs the provider block of this configuration.
			{Config: providerBlock(address) + readExport(exportID)},
			{
				Query:  true,
				Config: queryExports,
				QueryResultChecks: []querycheck.QueryResultCheck{
					querycheck.ExpectLength(query, 4),
					querycheck.ExpectIdentity(query, map[string]knownvalue.Check{
						"id": knownvalue.StringExact("d"), "organization_id": knownvalue.StringExact("org_eu"),
					}),
					querycheck.ExpectResourceKnownValues(query, newest, []querycheck.KnownValueCheck{
						{Path: tfjsonpath.New("status"), KnownValue: knownvalue.StringExact("completed")},
						{Path: tfjsonpath.New("wait_for_completion"), KnownValue: knownvalue.Bool(true)},
					}),
				},
			},
		},
	})
}

// The configuration that terraform query writes imports the exports, and changes
// nothing.
func TestAccQuery_generatedConfiguration(t *testing.T) {
	t.Parallel()
	address, _ := overLoopback(t, several(t))
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address), "exports.tfquery.hcl": queryExports})
	if printed := terraform.mustRun("query", "-no-color", "-generate-config-out=generated.tf"); !strings.Contains(printed, "2026-03-17T09:26:53Z completed") {
		t.Errorf("it printed\n%s", printed)
	}
	if printed := terraform.mustRun("plan", "-no-color"); !strings.Contains(printed, "Plan: 4 to import, 0 to add, 0 to change, 0 to destroy.") {
		t.Errorf("it printed\n%s", printed)
	}
}

// invokedActions are a request that a resource triggers, and a download.
func invokedActions(target string) string {
	return fmt.Sprintf(`
action "rebilly_request_organization_export" "test" {
  config {
  }
}

action "rebilly_download_organization_export" "test" {
  config {
    id   = %q
    path = %q
  }
}

resource "terraform_data" "test" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.rebilly_request_organization_export.test]
    }
  }
}
`, exportID, target)
}

func TestAccActions_run(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.ServeFiles(t)
	address, _ := overLoopback(t, api)
	target := filepath.Join(t.TempDir(), "exports", "export.zip")
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + invokedActions(target)})

	if printed := terraform.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(printed, "Requested export org_exp_") {
		t.Errorf("it printed\n%s", printed)
	}
	checkOnePOST(t, api)

	printed := terraform.mustRun("apply", "-no-color", "-auto-approve", "-invoke=action.rebilly_download_organization_export.test")
	if info, err := os.Stat(target); err != nil || !strings.Contains(printed, "Saved export "+exportID) || !strings.Contains(printed, strconv.FormatInt(info.Size(), 10)) {
		t.Errorf("got %v, and it printed\n%s", err, printed)
	}
	mustNotShow(t, "the output", printed, secrets...)
	if _, err := os.Stat(filepath.Join(terraform.folder, "terraform.tfstate")); err == nil {
		mustNotShow(t, "the state", terraform.state(), secrets...)
	}
}
