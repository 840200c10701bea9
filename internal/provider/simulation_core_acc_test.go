package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// coreStep is one run in a scenario: settings that change, and what is special about
// the run.
type coreStep struct {
	change           settings
	unknown, becomes string
	fails            bool
	// saved applies a plan that was saved before.
	saved bool
}

// coreOutcome is what a run did, with short names for exports.
type coreOutcome struct {
	Failed   bool
	Requests []string
	State    []string
}

// TestAccSimulation_modelOfTerraform runs scenarios with the simulation's model of
// Terraform and with the real one. Both must send the same requests, and keep the
// same state.
func TestAccSimulation_modelOfTerraform(t *testing.T) {
	t.Parallel()
	january := settings{"triggers": "2026-01"}
	for name, steps := range map[string][]coreStep{
		"create, and no change":         {{}, {}},
		"another trigger":               {{}, {change: january}, {}},
		"another organization":          {{}, {change: settings{"organization_id": "org_b"}}, {}},
		"an update":                     {{}, {change: settings{"rotate_after": "720h"}}, {}},
		"a failed creation":             {{fails: true}, {}, {}},
		"a failed replacement":          {{}, {change: january, fails: true}, {}, {}},
		"a saved plan":                  {{saved: true}, {change: january, saved: true}},
		"an unknown trigger, equal":     {{change: january}, {unknown: "triggers"}, {}},
		"an unknown organization":       {{}, {unknown: "organization_id", becomes: "org_b"}, {}},
		"an unknown organization again": {{}, {unknown: "organization_id"}, {}},
	} {
		for _, first := range []string{"false", "true"} {
			t.Run(name+"/create_before_destroy="+first, func(t *testing.T) {
				t.Parallel()
				start := settings{"organization_id": "org_a", "create_before_destroy": first}
				want := withTerraform(t, maps.Clone(start), steps)
				if difference := cmp.Diff(want, withModel(t, start, steps)); difference != "" {
					t.Errorf("the model differs (-Terraform +model):\n%s", difference)
				}
			})
		}
	}
}

// withModel runs the steps with the model.
func withModel(t *testing.T, start settings, steps []coreStep) (outcomes []coreOutcome) {
	t.Helper()
	number := numbered()
	y := simulate(t, schedule{Start: start}, func(y *year) {
		y.instant, y.withoutFile = true, true
		for _, step := range steps {
			before := len(y.apis[liveHost].Requests())
			y.unknown, y.becomes = step.unknown, step.becomes
			maps.Copy(y.settings, step.change)
			if step.fails {
				y.next["fails"] = event{How: "fails"}
			}
			ok := y.run()
			instances := []string{}
			for _, deposed := range y.state.deposed {
				instances = append(instances, "deposed "+summaryOf(deposed.text))
			}
			if current := y.state.current; current.exists() {
				instances = append(instances, map[bool]string{true: "tainted "}[current.tainted]+summaryOf(current.text))
			}
			outcomes = append(outcomes, coreOutcome{!ok, number(sentSince(y.apis[liveHost], before)), number(instances)})
		}
	})
	if y.violation != nil {
		t.Error(y.report())
	}

	return outcomes
}

// summaryOf returns what a state must have in common with Terraform's.
func summaryOf(text map[string]string) string {
	return fmt.Sprintf("%s of %s, month %q, %s", text["id"], text["organization_id"], text["triggers"], text["status"])
}

// withTerraform runs the steps with the real CLI.
func withTerraform(t *testing.T, current settings, steps []coreStep) (outcomes []coreOutcome) {
	t.Helper()
	api, number := rebillytest.New(), numbered()
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": `resource "terraform_data" "skip" {}`})
	for run, step := range steps {
		before := len(api.Requests())
		maps.Copy(current, step.change)
		if step.becomes != "" {
			current[step.unknown] = step.becomes
		}
		status := rebillytest.StatusCompleted
		if step.fails {
			status = rebillytest.StatusFailed
		}
		api.SetLifeCycle(rebillytest.Stage{Status: status})
		terraform.write("main.tf", providerBlock(address)+current.configuration(step.unknown, run))
		var err error
		if step.saved {
			terraform.mustRun("plan", "-no-color", "-out=saved")
			_, err = terraform.run("apply", "-no-color", "saved")
		} else {
			_, err = terraform.run("apply", "-no-color", "-auto-approve")
		}
		outcomes = append(outcomes, coreOutcome{err != nil, number(sentSince(api, before)), number(terraform.instances())})
	}

	return outcomes
}

// configuration returns the settings in Terraform's language. The unknown argument is
// the output of a resource that is replaced.
func (s settings) configuration(unknownName string, run int) string {
	arguments := map[string]string{"organization_id": fmt.Sprintf("%q", s["organization_id"]), "triggers": "{}"}
	if s["triggers"] != "" {
		arguments["triggers"] = fmt.Sprintf("{ month = %q }", s["triggers"])
	}
	if s["rotate_after"] != "" {
		arguments["rotate_after"] = fmt.Sprintf("%q", s["rotate_after"])
	}
	var text strings.Builder
	if unknownName != "" {
		fmt.Fprintf(&text, "resource \"terraform_data\" \"source\" {\n  input = %s\n  triggers_replace = %d\n}\n", arguments[unknownName], run)
		arguments[unknownName] = "terraform_data.source.output"
	}
	fmt.Fprintf(&text, "resource %q \"test\" {\n  lifecycle {\n    create_before_destroy = %s\n  }\n", objectType, s["create_before_destroy"])
	for name, value := range arguments {
		fmt.Fprintf(&text, "  %s = %s\n", name, value)
	}

	return text.String() + "}\n"
}

// instances returns the instances of the resource in state, the deposed ones first.
func (c cli) instances() []string {
	c.t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct {
				Deposed, Status string
				Attributes      map[string]any
			}
		}
	}
	if err := json.Unmarshal([]byte(c.file("terraform.tfstate")), &state); err != nil {
		c.t.Fatalf("reading the state: %v", err)
	}
	lines := []string{}
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			text := map[string]string{}
			for name, value := range instance.Attributes {
				text[name], _ = value.(string)
			}
			if triggers, ok := instance.Attributes["triggers"].(map[string]any); ok {
				text["triggers"], _ = triggers["month"].(string)
			}
			switch {
			case resource.Type != objectType:
			case instance.Deposed != "":
				lines = slices.Insert(lines, 0, "deposed "+summaryOf(text))
			case instance.Status == "tainted":
				lines = append(lines, "tainted "+summaryOf(text))
			default:
				lines = append(lines, summaryOf(text))
			}
		}
	}

	return lines
}

// numbered returns a function that numbers the IDs of exports in the order in which it
// sees them, and sorts the lines: Terraform refreshes the current and the deposed object
// at the same time.
func numbered() func([]string) []string {
	ids := []string{}

	return func(lines []string) []string {
		for number, line := range lines {
			lines[number] = regexp.MustCompile(`org_exp_\w+`).ReplaceAllStringFunc(line, func(id string) string {
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}

				return fmt.Sprintf("export %d", slices.Index(ids, id)+1)
			})
		}

		return slices.Sorted(slices.Values(lines))
	}
}
