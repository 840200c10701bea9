package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestATimeoutThatLeavesNoTimeIsRefusedBeforeAnythingIsRequested(t *testing.T) {
	t.Parallel()
	terraform := speak(t, in(rebillytest.NewFor(t), nil))
	validate := map[string]func(timeout string) []*tfprotov6.Diagnostic{
		"read": func(timeout string) []*tfprotov6.Diagnostic {
			return terraform.validateExport(waitForX(timeout))
		},
		"create": func(timeout string) []*tfprotov6.Diagnostic {
			answer, err := terraform.server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
				TypeName: objectType,
				Config: terraform.object(terraform.schema.ResourceSchemas[objectType], values{
					"timeouts": map[string]tftypes.Value{"create": tftypes.NewValue(tftypes.String, timeout)},
				}),
			})
			if err != nil {
				t.Fatal(err)
			}

			return answer.Diagnostics
		},
	}
	for operation, validated := range validate {
		for timeout, want := range map[string]string{
			"soon": `"soon" is no duration; give a number with its unit`,
			"30":   `"30" is no duration`,

			"0s":   `"0s" leaves no time to wait; give a duration above zero`,
			"-30m": `"-30m" leaves no time to wait`,
		} {
			mustFail(t, validated(timeout), "timeouts."+operation, "Invalid Value: timeouts."+operation, want)
		}
		for _, timeout := range []string{"1ms", "90s", "2h45m"} {
			mustSucceed(t, validated(timeout))
		}
	}
}
