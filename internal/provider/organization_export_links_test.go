package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// A link that is not a valid URL fails what exposes it, before anything can download it. It
// does not fail what leaves links out.
func TestLinks_invalidOnesAreNotExposed(t *testing.T) {
	t.Parallel()
	const export = `{"id":"x","status":"completed","fileId":"x","size":1,"sha1":"0000000000000000000000000000000000000000","_links":[{"rel":"self","href":"/organization-exports/x"},` +
		`{"rel":"signedLink","href":"https://files.example.com/` + rebillytest.SignedLinkSecret + `\"\noutput = \"/tmp/harm"}]}`
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, nil)
	read := func(include bool) []*tfprotov6.Diagnostic {
		api.FailAlways(rebillytest.JSON(export))
		_, diagnostics := terraform.readWith(values{"id": "x", "include_links": include})

		return diagnostics
	}
	list := func(include bool) []*tfprotov6.Diagnostic {
		api.FailAlways(rebillytest.JSON("[" + export + "]"))
		_, diagnostics := terraform.readList(values{"include_links": include, "limit": 10})

		return diagnostics
	}
	mustSucceed(t, read(false))
	mustSucceed(t, list(false))
	mustFail(t, read(true), "", "Unexpected Response", "include_links = false")
	mustFail(t, list(true), "", "Unexpected Response", "Without include_links")
	refused := [][]*tfprotov6.Diagnostic{list(true), read(true), download(terraform, t.TempDir(), "x", nil)}
	_, opened := terraform.openWith(values{"id": "x"})
	for _, diagnostics := range append(refused, opened) {
		mustFail(t, diagnostics, "", "Unexpected Response", "is not a valid https URL")
		checkHarmless(t, diagnostics)
	}
}
