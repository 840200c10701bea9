package provider

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// features are texts that configurations of tests may have and not every CLI
// understands, with the first versions of Terraform and of OpenTofu that do;
// "" is for all.
var features = []struct{ text, terraform, opentofu string }{
	{"postcondition {", "1.2.0", ""},
	{`resource "terraform_data"`, "1.4.0", ""},
	{`check "`, "1.5.0", ""},
	{"import {", "1.5.0", ""},
	{"plantimestamp()", "1.5.0", ""},
	{"mock_provider ", "1.7.0", "1.8.0"},
	{`ephemeral "`, "1.10.0", "1.11.0"},
}

// Terraform that does not hide sensitive attributes of objects in lists, and
// that runs as two processes, each of which takes a signal for another one.
const terraform11 = "1.1.0"

// Terraform whose JSON does not say which attributes of objects in lists are
// sensitive.
const terraform15 = "1.5.0"

// cliVersion returns the product and the version that the CLI of the
// acceptance tests calls itself by.
var cliVersion = sync.OnceValues(func() (is struct {
	product string
	version *version.Version
}, err error,
) {
	output, err := exec.Command(cliBinary(), "version").Output()
	if err != nil {
		return is, err
	}
	var number string
	if _, err := fmt.Sscanf(string(output), "%s v%s", &is.product, &number); err != nil {
		return is, err
	}
	is.version, err = version.NewVersion(number)

	return is, err
})

// olderThan says whether the CLI is older than these versions of Terraform or
// OpenTofu. It is not where acceptance tests are off.
func olderThan(t *testing.T, terraform, opentofu string) bool {
	t.Helper()
	if os.Getenv(resource.EnvTfAcc) == "" {
		return false
	}
	is, err := cliVersion()
	if err != nil {
		t.Fatal(err)
	}
	oldest := terraform
	if is.product == "OpenTofu" {
		oldest = opentofu
	}

	return oldest != "" && is.version.LessThan(version.Must(version.NewVersion(oldest)))
}

// skipUnlessUnderstood skips the test where the CLI does not understand the
// configuration.
func skipUnlessUnderstood(t *testing.T, configuration string) {
	t.Helper()
	for _, feature := range features {
		if strings.Contains(configuration, feature.text) && olderThan(t, feature.terraform, feature.opentofu) {
			t.Skipf("this CLI does not know %s yet", feature.text)
		}
	}
}
