/** On a phone an officer searches and reads; what is decided is decided at a desk. */
export const DESK = "(min-width: 761px)"
