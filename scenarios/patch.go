package scenarios

import "maps"

// mergePatch returns target with a JSON Merge Patch (RFC 7396) applied; neither value is
// changed.
func mergePatch(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out := map[string]any{}
	if object, ok := target.(map[string]any); ok {
		out = maps.Clone(object)
	}
	for name, change := range changes {
		if change == nil {
			delete(out, name)
			continue
		}
		out[name] = mergePatch(out[name], change)
	}
	return out
}
