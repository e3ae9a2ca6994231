import js from "@eslint/js"
import tseslint from "typescript-eslint"

export default tseslint.config(
  {
    ignores: [
      "dist/**",
      ".medusa/**",
      "**/node_modules/**",
      ".matrix/**",
      "coverage/**",
      "site/.vitepress/{cache,dist}/**",
    ],
  },
  js.configs.recommended,
  {
    files: ["**/*.{ts,mts,tsx}"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { disallowTypeAnnotations: false },
      ],
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "max-lines": [
        "error",
        { max: 340, skipBlankLines: true, skipComments: true },
      ],
      "no-console": "error",
    },
  },
  {
    files: ["**/*.{js,mjs,cjs}"],
    languageOptions: {
      globals: {
        process: "readonly",
        require: "readonly",
        module: "writable",
        console: "readonly",
        __dirname: "readonly",
      },
    },
  },
  {
    // Tables and functions of one migration belong together.
    files: ["migrations/**"],
    rules: { "max-lines": "off" },
  },
  {
    files: ["integration-tests/**", "benchmark/**", "scripts/**", "stress/**"],
    rules: { "no-console": "off" },
  }
)
