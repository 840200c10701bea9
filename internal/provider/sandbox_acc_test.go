package provider

import (
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

// sandboxExportVariable names the export that is read from Rebilly itself.
const sandboxExportVariable = "REBILLY_TEST_EXPORT_ID"

func TestAccSandbox_readsAnExport(t *testing.T) {
	t.Parallel()
	id := os.Getenv(sandboxExportVariable)
	if id == "" || os.Getenv(apiKeyVariable) == "" && os.Getenv(jwtVariable) == "" {
		t.Skipf("to read an export from Rebilly's sandbox, set %s and %s or %s", sandboxExportVariable, apiKeyVariable, jwtVariable)
	}
	block := `provider "rebilly" {}`
	if os.Getenv(baseURLVariable) == "" && os.Getenv(environmentVariable) == "" {
		block = `provider "rebilly" {
  environment = "sandbox"
}`
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(options{getenv: os.Getenv}),
		Steps: []resource.TestStep{{
			Config: block + readExport(id),
			ConfigStateChecks: []statecheck.StateCheck{
				expectString("id", id),
				expect("status", knownvalue.NotNull()),
				expect("created_time", knownvalue.NotNull()),
			},
		}},
	})
}
