package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// TestMain sets the namespace of the provider in test configurations, also if
// make does not run the tests, and removes the binary that some tests build.
func TestMain(m *testing.M) {
	if os.Getenv(resource.EnvTfAccProviderNamespace) == "" {
		if err := os.Setenv(resource.EnvTfAccProviderNamespace, "rebilly"); err != nil {
			panic(err)
		}
	}
	m.Run()
	_ = os.RemoveAll(builtProvider)
}

// factories serve the provider with the given options to a CLI.
func factories(opts options) map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"rebilly": func() (tfprotov6.ProviderServer, error) { return newWrappedServer("test", opts, true) },
	}
}

// overTLS serves api over TLS. It returns its URL, and options with which a
// provider trusts its certificate.
func overTLS(t *testing.T, api http.Handler) (string, options) {
	t.Helper()
	address, trust := rebillytest.ServeTLS(t, api)
	transport := rebilly.NewTransport()
	transport.TLSClientConfig = trust

	return address, options{getenv: environment(nil), clientConfig: rebilly.Config{Transport: transport, RetryWait: time.Millisecond, PollWait: time.Millisecond}}
}

// overLoopback serves api in plain HTTP on loopback.
func overLoopback(t *testing.T, api http.Handler) (string, options) {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)

	return server.URL, options{getenv: environment(nil), clientConfig: rebilly.Config{RetryWait: time.Millisecond, PollWait: time.Millisecond}}
}

// requiredProviders names the provider.
const requiredProviders = `
terraform {
  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}
`

// providerBlock configures the provider for the fake API at address.
func providerBlock(address string) string {
	return fmt.Sprintf(requiredProviders+`
provider "rebilly" {
  api_key  = %q
  base_url = %q
}
`, rebillytest.SecretKey, address)
}

// readExport is a data source that reads the export with the given id.
func readExport(id string) string {
	return fmt.Sprintf(`
data "rebilly_organization_export" "test" {
  id = %q
}
`, id)
}

// wrapped matches text with the line breaks that the CLI adds, and with the bars
// that it draws beside an error.
func wrapped(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}

	return regexp.MustCompile(strings.Join(words, `[\s│]+`))
}
