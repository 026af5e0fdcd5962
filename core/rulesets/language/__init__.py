"""The language rulesets are written in: YAML read strictly, typed models of it, values, conditions and formulas."""
